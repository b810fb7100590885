"""One real incident: `labo demo` feeds it, NOTICE.md says where it is from."""
