// The functions of this template, as `syncline compile --dir templates/microsoft` and the tests read them.
import './microsoft/syncs/inbox-messages.js';
import './microsoft/actions/create-event.js';
