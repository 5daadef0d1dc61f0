// The container files against the code they start: same variables, same names, nobody root, no secret with a default.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseConfig } from '../../core/config/parse-config.ts';
import { variables } from '../../core/config/variables.ts';
import { codecEndpoint } from '../../embedded/children.ts';
import { searchAttributes } from '../../embedded/temporal.ts';
import { composeText, readCompose, type Service } from './read-compose.ts';
import { shellScript } from './readme-parts.ts';

const root = join(import.meta.dirname, '..', '..');
const read = (name: string) => readFileSync(join(root, name), 'utf8');
const dockerfile = read('Dockerfile');
const example = parseEnv(read('.env.example')) as Record<string, string>;
const serverVariables = /^(SYNCLINE_|TEMPORAL_|DATABASE_URL$)/;

let folder: string;
let env: Record<string, string>;
let services: Record<string, Service>;
let configs: Record<string, { content: string }>;

beforeAll(() => {
  // The .env is made as the README says.
  folder = mkdtempSync(join(tmpdir(), 'syncline-compose-'));
  copyFileSync(join(root, '.env.example'), join(folder, '.env.example'));
  const made = spawnSync('bash', ['-euo', 'pipefail'], {
    cwd: folder,
    input: shellScript('compose-env'),
    encoding: 'utf8',
  });
  expect(made).toMatchObject({ status: 0, stderr: '' });
  env = parseEnv(readFileSync(join(folder, '.env'), 'utf8')) as Record<string, string>;
  ({ services, configs } = readCompose(env));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the server', () => {
  it.each(['api', 'worker'])('%s: gets variables that it knows and a configuration that it accepts', (name) => {
    const environment = { ...imageEnvironment(), ...services[name]!.environment };
    const known = new Set<string>(variables.map((variable) => variable.name));
    const given = Object.keys(environment).filter((variable) => serverVariables.test(variable));
    expect(given.filter((variable) => !known.has(variable))).toEqual([]);

    const config = parseConfig(environment);
    expect(config).toMatchObject({
      env: 'production',
      demo: false,
      roles: [name],
      host: '0.0.0.0',
      log: 'json',
      port: 3003,
    });
    expect(config.temporal).toEqual({
      address: 'temporal:7233',
      namespace: 'syncline',
      uiUrl: 'http://127.0.0.1:8233',
    });
    expect(config.workflowBundle).toBe('/bundle/workflows.js');
    expect(config.publicUrl).toBe('http://127.0.0.1:3003');
  });

  it('is reached by the database login that the database makes', () => {
    const url = new URL(services['api']!.environment['DATABASE_URL']!);
    expect(url.password).toBe(env['POSTGRES_SYNCLINE_PASSWORD']);
    const script = configs['postgres-databases']!.content;
    expect(script).toContain(`CREATE ROLE ${url.username} LOGIN CREATEROLE`);
    expect(script).toContain(`CREATE DATABASE ${url.pathname.slice(1)} OWNER ${url.username}`);
    expect(script).toContain('-v syncline="$POSTGRES_SYNCLINE_PASSWORD"');
  });

  it('starts the entry of its role, when what it needs is there', () => {
    expect(services['api']!.command).toContain('api/main.ts');
    expect(services['worker']!.command).toContain('workers/main.ts');
    expect(dockerfile).toContain('ENTRYPOINT ["node", "--import", "./core/db/driver-patch.ts"]');
    expect(services['worker']!.depends_on).toMatchObject({
      api: { condition: 'service_healthy' },
      'temporal-namespace': { condition: 'service_completed_successfully' },
    });
  });
});

describe('Temporal', () => {
  it('has the search attributes, the namespace and the fairness of the embedded one', () => {
    const { command, environment } = services['temporal-namespace']!;
    expect(String(command)).toContain(`for name in ${searchAttributes.join(' ')}; do`);
    expect(environment['TEMPORAL_NAMESPACE']).toBe(services['api']!.environment['TEMPORAL_NAMESPACE']);
    expect(parse(configs['temporal-dynamic-config']!.content)).toEqual({
      'matching.useNewMatcher': [{ value: true }],
      'matching.enableFairness': [{ value: true }],
    });
    expect(services['temporal']!.environment['DYNAMIC_CONFIG_FILE_PATH']).toBe(
      services['temporal']!.configs[0]!.target,
    );
    expect(Number(services['temporal']!.environment['NUM_HISTORY_SHARDS'])).toBeGreaterThanOrEqual(128);
  });

  it('shows payloads through the address that the API serves for this key', () => {
    const key = Buffer.from(env['SYNCLINE_ENCRYPTION_KEY']!, 'base64');
    expect(services['temporal-ui']!.environment['TEMPORAL_CODEC_ENDPOINT']).toBe(
      codecEndpoint('http://127.0.0.1:3003', key),
    );
  });

  it('has one version for the server and its tools', () => {
    const version = (name: string) => services[name]!.image.split(':')[1];
    expect(version('temporal-schema')).toBe(version('temporal'));
    expect(version('temporal-namespace')).toBe(version('temporal'));
  });
});

describe('every service', () => {
  const each = () => Object.entries(services);

  it('is not root, has no capabilities and cannot gain any', () => {
    for (const [name, service] of each()) {
      expect(service.user, name).toMatch(/^(postgres|[1-9]\d*:[1-9]\d*)$/);
      expect(service.cap_drop, name).toEqual(['ALL']);
      expect(service.security_opt, name).toEqual(['no-new-privileges:true']);
    }
    expect(services['api']!.read_only && services['worker']!.read_only).toBe(true);
    expect(dockerfile).toMatch(/^USER [1-9]\d*:[1-9]\d*$/m);
  });

  it('comes from a pinned image or from this checkout', () => {
    for (const [name, { image }] of each()) {
      if (image !== 'syncline:local') expect(image, name).toMatch(/^[a-z/-]+:\d+\.\d+(\.\d+)?(-[a-z]+)?$/);
    }
    for (const [, from] of dockerfile.matchAll(/^FROM (\S+)/gm))
      expect(from).toMatch(/:\d+\.\d+\.\d+-bookworm-slim$|^packages$/);
  });

  it('is published on the loopback address only, if at all', () => {
    const ports = each().flatMap(([, service]) => service.ports);
    expect(ports).toEqual(['127.0.0.1:8233:8080', '127.0.0.1:3003:3003']);
  });

  it('that serves others has a health check, and all that run come back', () => {
    const needed = new Set(
      each()
        .flatMap(([, service]) => Object.entries(service.depends_on))
        .filter(([, { condition }]) => condition === 'service_healthy')
        .map(([name]) => name),
    );
    for (const name of needed) expect(services[name]!.healthcheck, name).toBeDefined();
    for (const [name, { restart }] of each()) expect(restart, name).toMatch(/^unless-stopped$|^on-failure:\d+$/);
  });
});

describe('secrets', () => {
  const secrets = Object.keys(example).filter((name) => /PASSWORD|SECRET|KEY/.test(name));

  it('have no default, and the start refuses to do without', () => {
    expect(secrets).toHaveLength(6);
    for (const name of secrets) {
      expect(example[name], name).toBe('');
      expect(() => readCompose({ ...env, [name]: '' }), name).toThrow(name);
      for (const [, after] of composeText.matchAll(new RegExp(`\\{${name}(..)`, 'g'))) expect(after, name).toBe(':?');
    }
  });

  it('made as the README says are different, in a file that only its owner reads', () => {
    expect(new Set(secrets.map((name) => env[name])).size).toBe(6);
    expect(statSync(join(folder, '.env')).mode & 0o077).toBe(0);
  });

  it('and other variables of the compose file are all in .env.example', () => {
    const used = new Set([...composeText.matchAll(/(?<!\$)\$\{(\w+)/g)].map(([, name]) => name));
    expect([...used].sort()).toEqual(Object.keys(example).sort());
  });
});

describe('the image', () => {
  it('has the manifest of every workspace before it installs', () => {
    const { workspaces } = JSON.parse(read('package.json')) as { workspaces: string[] };
    const { packages } = JSON.parse(read('package-lock.json')) as {
      packages: Record<string, { link?: boolean; resolved?: string }>;
    };
    const linked = Object.values(packages).flatMap(({ link, resolved }) => (link && resolved ? [resolved] : []));
    expect(workspaces.length).toBeGreaterThan(0);
    for (const path of linked) expect(dockerfile).toContain(`COPY ${path}/package.json ${path}/`);
  });

  it('runs the Node of package.json', () => {
    const { devDependencies } = JSON.parse(read('package.json')) as { devDependencies: Record<string, string> };
    for (const [, version] of dockerfile.matchAll(/node:([\d.]+)-/g)) expect(version).toBe(devDependencies['node']);
  });

  it('leaves keys, data and the history of the checkout out', () => {
    const ignored = read('.dockerignore').split('\n');
    expect(ignored).toEqual(expect.arrayContaining(['.git', '.syncline', '.env', '.env.*', '**/node_modules']));
  });
});

function imageEnvironment(): Record<string, string> {
  const block = /^ENV ((?:.*\\\n)*.*)$/m.exec(dockerfile)?.[1] ?? '';
  return parseEnv(block.replaceAll(/ *\\\n */g, '\n')) as Record<string, string>;
}
