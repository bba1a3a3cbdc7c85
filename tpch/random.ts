/**
 * dbgen's random streams.
 *
 * Every column has its own stream: the Lehmer generator x -> 16807 x mod (2^31 - 1) from the column's seed. A row uses at most
 * `seedsPerRow` numbers of a stream and then skips to the first number of the next row, so that any row can be made without those before it.
 *
 * Numbers stay below 2^53, so doubles are exact and no 64-bit integers are needed.
 *
 * Source: TPC-H specification, dbgen 2.14 (rnd.c, speed_seed.c).
 */
export const MULTIPLIER = 16_807
export const MODULUS = 2_147_483_647

/** Powers of the multiplier: POWERS[k] skips k numbers. A row skips at most 92 (the words of a part's name). */
const POWERS: readonly number[] = makePowers(128)

function makePowers(count: number): number[] {
  const powers = [1]
  for (let i = 1; i < count; i++) powers.push(multiplyModulo(powers[i - 1]!, MULTIPLIER))
  return powers
}

/** a * b mod (2^31 - 1), exactly: the product of two 31-bit numbers is taken in two halves. */
export function multiplyModulo(a: number, b: number): number {
  const high = Math.floor(a / 65_536)
  const low = a - high * 65_536
  return (((high * b) % MODULUS) * 65_536 + low * b) % MODULUS
}

/** base ^ exponent mod (2^31 - 1); exponents up to 2^53. */
function powerModulo(base: number, exponent: number): number {
  let result = 1
  let square = base
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = multiplyModulo(result, square)
    square = multiplyModulo(square, square)
  }
  return result
}

export class RandomStream {
  readonly #seedsPerRow: number
  #seed: number
  #used = 0

  /** `seed` as dbgen's table of streams has it; numbers of the stream that a row may use. */
  constructor(seed: number, seedsPerRow: number) {
    this.#seed = seed
    this.#seedsPerRow = seedsPerRow
  }

  /** The next state of the generator, in [1, 2^31 - 2]. */
  #next(): number {
    const product = this.#seed * MULTIPLIER
    // Exact: the quotient is right or one too large, for the product has at most 46 bits.
    let rest = product - Math.floor(product / MODULUS) * MODULUS
    if (rest < 0) rest += MODULUS
    this.#seed = rest
    this.#used += 1
    return rest
  }

  /** Uniform integer in [low, high]. */
  integer(low: number, high: number): number {
    return low + Math.trunc((this.#next() / MODULUS) * (high - low + 1))
  }

  /** 32 random bits as dbgen draws them for addresses: its range overflows to -2^31, and so the number is negative. */
  bits(): number {
    return Math.trunc((this.#next() / MODULUS) * -2_147_483_648)
  }

  /** Leaves the rest of the row's numbers and goes to the next row's. */
  finishRow(): void {
    const unused = this.#seedsPerRow - this.#used
    if (unused > 0) this.#seed = multiplyModulo(this.#seed, POWERS[unused]!)
    this.#used = 0
  }

  /** Skips rows; only between rows. */
  skipRows(count: number): void {
    this.#seed = multiplyModulo(this.#seed, powerModulo(MULTIPLIER, this.#seedsPerRow * count))
  }
}
