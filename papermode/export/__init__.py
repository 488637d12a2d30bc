"""Answers become a FHIR R4 transaction bundle (HL7 FHIR 4.0.1), checked before anybody gets it.

Only what a named person has confirmed goes in; what stays out is named with its reason.
"""
