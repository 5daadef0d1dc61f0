// How the embedded Postgres runs: on the command line, so that a new version of ours brings its own settings.

/** One node, no replication, tens of connections, beside everything else on a small machine. Durability is not traded. */
const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: 60,
  // Every backend that touches them counts them as its own; the system's cache holds what does not fit.
  shared_buffers: '48MB',
  password_encryption: 'scram-sha-256',
  fsync: 'on',
  wal_level: 'minimal',
  max_wal_senders: 0,
  jit: 'off', // costs 330 ms a batch once tables are big
  random_page_cost: 1.1,
  // Helpers that an idle instance would pay for: three I/O workers, the replication launcher.
  io_method: 'sync',
  max_logical_replication_workers: 0,
  max_worker_processes: 4,
  autovacuum_max_workers: 2,
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
  // A statement's text and an error's detail hold tenants' values (R12).
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_line_prefix: '',
};

export function settingArguments(port: number, more: Record<string, string> = {}): string[] {
  return Object.entries({ ...settings, port, ...more }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
