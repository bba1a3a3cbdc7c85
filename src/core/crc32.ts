/** CRC-32 as in IEEE 802.3, zlib and PNG: polynomial 0xEDB88320, reflected. */

const TABLE: Uint32Array = Uint32Array.from({ length: 256 }, (_, i) => {
  let value = i
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb8_8320 : value >>> 1
  return value >>> 0
})

/** The checksum as an unsigned number. */
export function crc32OfBytes(bytes: Uint8Array): number {
  let value = 0xffff_ffff
  for (const byte of bytes) value = TABLE[(value ^ byte) & 0xff]! ^ (value >>> 8)
  return (value ^ 0xffff_ffff) >>> 0
}
