/** CRC-32C (Castagnoli): polynomial 0x82F63B78, reflected. Four tables take four bytes a step. */

const TABLES: readonly Uint32Array[] = makeTables()

function makeTables(): Uint32Array[] {
  const first = Uint32Array.from({ length: 256 }, (_, i) => {
    let value = i
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f6_3b78 : value >>> 1
    return value >>> 0
  })
  const tables = [first]
  for (let n = 1; n < 4; n++) {
    const before = tables[n - 1]!
    tables.push(before.map((value) => (value >>> 8) ^ first[value & 0xff]!))
  }
  return tables
}

/** The checksum as an unsigned number. */
export function crc32cOfBytes(bytes: Uint8Array): number {
  const [t0, t1, t2, t3] = TABLES as [Uint32Array, Uint32Array, Uint32Array, Uint32Array]
  let value = 0xffff_ffff
  let i = 0
  for (const end = bytes.length - 3; i < end; i += 4) {
    value ^= bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24)
    value = t3[value & 0xff]! ^ t2[(value >>> 8) & 0xff]! ^ t1[(value >>> 16) & 0xff]! ^ t0[value >>> 24]!
  }
  for (; i < bytes.length; i++) value = t0[(value ^ bytes[i]!) & 0xff]! ^ (value >>> 8)
  return (value ^ 0xffff_ffff) >>> 0
}
