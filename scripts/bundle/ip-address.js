/**
 * In the bundle, in place of `ip-address`, of which the client of SOCKS proxies has only how an address is written in full.
 * It asks `net.isIPv4` or `net.isIPv6` first.
 */
export class Address4 {
  constructor(address) {
    this.address = address;
  }

  /** `10.0.0.1` is [10, 0, 0, 1]. */
  toArray() {
    return this.address.split('.').map(Number);
  }
}

export class Address6 {
  constructor(address) {
    this.address = address;
  }

  /** @param bytes 16 of them */
  static fromByteArray(bytes) {
    return new Address6(Buffer.from(bytes).toString('hex').match(/.{4}/g).join(':'));
  }

  /** `::1` is 0000:0000:0000:0000:0000:0000:0000:0001. A zone (`%eth0`) is no part of it. */
  canonicalForm() {
    // A URL has it without dotted bytes, and with at most one `::`.
    const { hostname } = new URL(`http://[${this.address.replace(/%.*/, '')}]`);
    const [before, after] = hostname.slice(1, -1).split('::').map(groupsOf);
    const missing = after === undefined ? 0 : 8 - before.length - after.length;
    const groups = [...before, ...Array(missing).fill('0'), ...(after ?? [])];
    return groups.map((group) => group.padStart(4, '0')).join(':');
  }
}

function groupsOf(part) {
  return part === '' ? [] : part.split(':');
}
