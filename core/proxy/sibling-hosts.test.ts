import { describe, expect, it } from 'vitest';
import { siblingHosts } from './sibling-hosts.ts';

const fits = (base_url: string, host: string) =>
  siblingHosts({ base_url }).some((source) => new RegExp(source).test(host));

describe('the hosts of an entry', () => {
  it.each([
    ['https://${connectionConfig.shop}.example.com', 'other.example.com'],
    ['https://api.example.${connectionConfig.region}/v1', 'api.example.fr'],
    ['https://${connectionConfig.shop}.example.com:${connectionConfig.port}', 'a.example.com:8443'],
    ['https://${connectionConfig.x} || https://${connectionConfig.y}.example.com', 'b.example.com'],
  ])('of %s include %s', (baseUrl, host) => {
    expect(fits(baseUrl, host)).toBe(true);
  });

  it.each([
    ['https://${connectionConfig.shop}.example.com', 'a.b.example.com'],
    ['https://${connectionConfig.shop}.example.com', 'a.example.com.evil.com'],
    ['https://${connectionConfig.shop}.example.com', 'a.exampleXcom'],
    ['https://${connectionConfig.shop}.example.com', 'a.example.com:81'],
    ['https://api.example.com/${connectionConfig.account}', 'api.example.com'],
    ['${connectionConfig.origin}', 'evil.com'],
  ])('of %s do not include %s', (baseUrl, host) => {
    expect(fits(baseUrl, host)).toBe(false);
  });

  it('are none without a base URL', () => {
    expect(siblingHosts(undefined)).toEqual([]);
  });

  it('of a host that is all variable are none: nothing in it says whose API it is', () => {
    expect(siblingHosts({ base_url: 'https://${connectionConfig.host}' })).toEqual([]);
  });
});
