"""Fill and damage printed pages as wards and scanners do, for the demo, the drill and the tests."""
