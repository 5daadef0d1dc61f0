// The functions of this template, as `syncline compile --dir templates/linear` and the tests read them.
import './linear/syncs/issues.js';
import './linear/actions/create-issue.js';
