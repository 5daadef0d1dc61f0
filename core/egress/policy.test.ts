import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPolicy, isPublicAddress } from './policy.ts';

/** security.md case 10: ranges that hand-written classifiers miss are in here, each a vector. */
const refused = [
  '0.0.0.0',
  '0.1.2.3',
  '10.0.0.1',
  '10.255.255.255',
  '100.64.0.1',
  '100.100.100.200',
  '127.0.0.1',
  '127.255.255.254',
  '168.63.129.16',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.1',
  '192.0.2.1',
  '192.168.0.1',
  '192.88.99.1',
  '198.18.0.1',
  '198.51.100.1',
  '203.0.113.1',
  '224.0.0.1',
  '239.255.255.255',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::7f00:1',
  '::ffff:127.0.0.1',
  '::ffff:10.0.0.1',
  '::ffff:169.254.169.254',
  '::ffff:0:127.0.0.1',
  '64:ff9b::7f00:1',
  '64:ff9b:1::1',
  '100::1',
  '2001::1',
  '2001:db8::1',
  '2002:7f00:1::',
  '3fff::1',
  '4000::1',
  '5f00::1',
  'fc00::1',
  'fd00:ec2::254',
  'fe80::1',
  'fec0::1',
  'ff02::1',
]; // prettier-ignore

describe('addresses', () => {
  it.each(refused)('refuses %s', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each(['1.1.1.1', '93.184.216.34', '::ffff:8.8.8.8', '2606:4700:4700::1111', '172.32.0.1', '168.63.129.17'])(
    'allows %s',
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );

  it('refuses what is no address at all, and never throws', () => {
    fc.assert(fc.property(fc.string(), (text) => typeof isPublicAddress(text) === 'boolean'));
  });
});

describe('the list', () => {
  it('allows nothing private when it is empty', () => {
    const policy = createPolicy([]);
    expect(policy.isListed('127.0.0.1', 4010)).toBe(false);
    expect(policy.isAllowedAddress('127.0.0.1')).toBe(false);
    expect([80, 443, 8443].map(policy.isAllowedPort)).toEqual([true, true, false]);
  });

  it('takes host and port together, exactly', () => {
    const policy = createPolicy(['127.0.0.1:4010', 'Git.corp.example:8443', '[::1]:9000']);
    expect(policy.isListed('127.0.0.1', 4010)).toBe(true);
    expect(policy.isListed('127.0.0.1', 4011)).toBe(false);
    expect(policy.isListed('git.corp.example', 8443)).toBe(true);
    expect(policy.isListed('[::1]', 9000)).toBe(true);
    expect(policy.isAllowedAddress('127.0.0.1')).toBe(false);
  });

  it('takes networks for any port, and extra ports for public addresses', () => {
    const policy = createPolicy(['10.20.0.0/16', '*:8443', 'fd12::/16']);
    expect(policy.isListedAddress('10.20.3.4')).toBe(true);
    expect(policy.isListedAddress('::ffff:10.20.3.4')).toBe(true);
    expect(policy.isAllowedAddress('10.21.0.1')).toBe(false);
    expect(policy.isAllowedAddress('fd12::5')).toBe(true);
    expect(policy.isAllowedPort(8443)).toBe(true);
  });

  it.each(['localhost', '10.0.0.0/33', 'http://x:80', 'a b:80', 'x:99999', '*', 'user@host:80', ':80'])(
    'refuses to start with %j',
    (entry) => {
      expect(() => createPolicy([entry])).toThrow(expect.objectContaining({ code: 'invalid_egress_policy' }));
    },
  );
});
