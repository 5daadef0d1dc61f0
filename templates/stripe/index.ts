// The functions of this template, as `syncline compile --dir templates/stripe` and the tests read them.
import './stripe/syncs/customers.js';
