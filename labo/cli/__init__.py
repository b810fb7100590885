"""The commands of `labo`: parse, call a service, print; heavy imports come when needed."""
