// The functions of this template, as `syncline compile --dir templates/jira` and the tests read them.
import './jira/syncs/projects.js';
