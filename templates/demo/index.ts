// Every function of the project, one import a line. `syncline deploy` deploys what is listed here.
import './simulator/syncs/contacts.js';
import './simulator/actions/create-contact.js';
