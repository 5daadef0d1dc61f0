// The functions of this template, as `syncline compile --dir templates/hubspot` and the tests read them.
import './hubspot/syncs/contacts.js';
