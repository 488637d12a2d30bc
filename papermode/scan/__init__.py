"""From pixels to readings: images, codes, registration, marks. The one place with a map from mm to pixels."""
