// The functions of this template, as `syncline compile --dir templates/xero` and the tests read them.
import './xero/syncs/contacts.js';
