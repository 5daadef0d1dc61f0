// The functions of this template, as `syncline compile --dir templates/slack` and the tests read them.
import './slack/actions/send-message.js';
