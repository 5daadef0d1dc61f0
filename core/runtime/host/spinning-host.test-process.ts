// For guest-process.test.ts: a host that has a spinning guest, says its pid and waits to be killed.
import { runScript, startGuest } from './test-guests.ts';

const guest = await startGuest();
void runScript(guest, 'for (;;);');
process.stdout.write(`${guest.pid}\n`);
setInterval(() => {}, 1_000);
