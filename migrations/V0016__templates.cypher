// A template is one by its name, and a version of it one by its key, in each workspace.
CREATE CONSTRAINT template_name IF NOT EXISTS FOR (n:Template) REQUIRE (n.workspace, n.name) IS UNIQUE;
CREATE CONSTRAINT template_version_key IF NOT EXISTS FOR (n:TemplateVersion) REQUIRE (n.workspace, n.key) IS UNIQUE;
