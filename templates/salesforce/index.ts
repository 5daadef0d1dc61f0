// The functions of this template, as `syncline compile --dir templates/salesforce` and the tests read them.
import './salesforce/syncs/accounts.js';
