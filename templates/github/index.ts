// The functions of this template, as `syncline compile --dir templates/github` and the tests read them.
import './github/syncs/issues.js';
import './github/actions/create-issue.js';
