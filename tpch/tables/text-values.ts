/** Addresses, phone numbers and numbered names. Source: TPC-H specification 4.2.2.7 and 4.2.2.9; dbgen 2.14. */
import type { TextColumn } from '../columns.ts'
import { RandomStream } from '../random.ts'

const ADDRESS_CHARACTERS = Buffer.from('0123456789abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ,', 'latin1')
const ADDRESS_LENGTH_MIN = 10
const ADDRESS_LENGTH_MAX = 40
const SEEDS_PER_ADDRESS = 9

export function addressStream(seed: number): RandomStream {
  return new RandomStream(seed, SEEDS_PER_ADDRESS)
}

const buffer = new Uint8Array(ADDRESS_LENGTH_MAX)

/** Five characters of 6 bits from each draw. */
export function pushAddress(column: TextColumn, random: RandomStream): void {
  const length = random.integer(ADDRESS_LENGTH_MIN, ADDRESS_LENGTH_MAX)
  let bits = 0
  for (let i = 0; i < length; i++) {
    if (i % 5 === 0) bits = random.bits()
    buffer[i] = ADDRESS_CHARACTERS[bits & 63]!
    bits >>= 6
  }
  column.pushBytes(buffer, 0, length)
}

export function phoneStream(seed: number): RandomStream {
  return new RandomStream(seed, 3)
}

/** Country code 10 + nation, then three random groups. */
export function phoneNumber(random: RandomStream, nation: number): string {
  const groups = [random.integer(100, 999), random.integer(100, 999), random.integer(1000, 9999)]
  return `${10 + nation}-${groups.join('-')}`
}

/** `Customer#000000001`. */
export function numberedName(prefix: string, number: number): string {
  return `${prefix}#${String(number).padStart(9, '0')}`
}
