/** Zip archives of public tables: stored and deflated files, found by the central directory at the archive's end. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { inflateRawSync } from 'node:zlib'

const END = 0x06054b50
const END_BYTES = 22
const DEFLATED = 8

/** Writes the archive's files below `folder`. */
export function unzip(archive: string, folder: string): void {
  const bytes = readFileSync(archive)
  let end = bytes.length - END_BYTES
  while (end >= 0 && bytes.readUInt32LE(end) !== END) end--
  let at = bytes.readUInt32LE(end + 16)
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left--) {
    const [method, size] = [bytes.readUInt16LE(at + 10), bytes.readUInt32LE(at + 20)]
    const [nameBytes, extra, comment] = [28, 30, 32].map((offset) => bytes.readUInt16LE(at + offset))
    const local = bytes.readUInt32LE(at + 42)
    const name = bytes.toString('utf8', at + 46, at + 46 + nameBytes!)
    at += 46 + nameBytes! + extra! + comment!
    const target = join(folder, normalize(name))
    if (!target.startsWith(folder)) throw new Error(`a file outside of the archive: ${name}`)
    if (name.endsWith('/')) continue
    const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28)
    const content = bytes.subarray(start, start + size)
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, method === DEFLATED ? inflateRawSync(content) : content)
  }
}
