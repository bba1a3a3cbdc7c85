// Comparisons to masks of 0/1 bytes. `op`: 0 eq, 1 ne, 2 lt, 3 ge, 4 le, 5 gt (an odd op is the negation of the even one before it, because
// every order here is total: NaN equals itself and is greater than all other floats). `bStep` 1: a value a row; 0: b points at one value.

const EQ = 0
const LT = 2

// @ts-ignore: decorator
@inline
function test<T>(base: i32, x: T, y: T): bool {
  if (isFloat<T>()) {
    if (base == EQ) return x == y || (x != x && y != y)
    if (base == LT) return x < y || (x == x && y != y)
    return x <= y || y != y
  }
  if (base == EQ) return x == y
  if (base == LT) return x < y
  return x <= y
}

/** Lanes of all ones where the comparison holds. */
// @ts-ignore: decorator
@inline
function lanes<T>(base: i32, x: v128, y: v128): v128 {
  if (isFloat<T>()) {
    const yNan = v128.ne<T>(y, y)
    if (base == EQ) return v128.or(v128.eq<T>(x, y), v128.and(v128.ne<T>(x, x), yNan))
    if (base == LT) return v128.or(v128.lt<T>(x, y), v128.and(v128.eq<T>(x, x), yNan))
    return v128.or(v128.le<T>(x, y), yNan)
  }
  if (base == EQ) return v128.eq<T>(x, y)
  if (base == LT) return v128.lt<T>(x, y)
  return v128.le<T>(x, y)
}

// @ts-ignore: decorator
@inline
function lanesAt<T>(base: i32, a: usize, b: usize, splat: v128, isConst: bool, offset: usize): v128 {
  return lanes<T>(base, v128.load(a + offset), isConst ? splat : v128.load(b + offset))
}

/** 4 rows as i32 lanes from row `at` on. */
// @ts-ignore: decorator
@inline
function four<T>(base: i32, a: usize, b: usize, splat: v128, isConst: bool, at: usize): v128 {
  const offset = at << alignof<T>()
  if (sizeof<T>() == 4) return lanesAt<T>(base, a, b, splat, isConst, offset)
  return v128.shuffle<i32>(
    lanesAt<T>(base, a, b, splat, isConst, offset),
    lanesAt<T>(base, a, b, splat, isConst, offset + 16),
    0, 2, 4, 6,
  )
}

// @ts-ignore: decorator
@inline
function loop<T>(base: i32, flip: i32, a: usize, b: usize, isConst: bool, n: i32, out: usize): void {
  const splat = v128.splat<T>(load<T>(b))
  const one = i8x16.splat(1)
  const flips = i8x16.splat(<i8>flip)
  let i: usize = 0
  for (; i + 16 <= <usize>n; i += 16) {
    const low = i16x8.narrow_i32x4_s(
      four<T>(base, a, b, splat, isConst, i),
      four<T>(base, a, b, splat, isConst, i + 4),
    )
    const high = i16x8.narrow_i32x4_s(
      four<T>(base, a, b, splat, isConst, i + 8),
      four<T>(base, a, b, splat, isConst, i + 12),
    )
    v128.store(out + i, v128.xor(v128.and(i8x16.narrow_i16x8_s(low, high), one), flips))
  }
  for (; i < <usize>n; i++) {
    const y = load<T>(isConst ? b : b + (i << alignof<T>()))
    store<u8>(out + i, <u8>test<T>(base, load<T>(a + (i << alignof<T>())), y) ^ <u8>flip)
  }
}

// @ts-ignore: decorator
@inline
function compare<T>(op: i32, a: usize, b: usize, bStep: i32, n: i32, out: usize): void {
  const flip = op & 1
  const base = op & ~1
  if (bStep == 0) {
    if (base == EQ) loop<T>(0, flip, a, b, true, n, out)
    else if (base == LT) loop<T>(2, flip, a, b, true, n, out)
    else loop<T>(4, flip, a, b, true, n, out)
  } else {
    if (base == EQ) loop<T>(0, flip, a, b, false, n, out)
    else if (base == LT) loop<T>(2, flip, a, b, false, n, out)
    else loop<T>(4, flip, a, b, false, n, out)
  }
}

export function compareI32(op: i32, a: usize, b: usize, bStep: i32, n: i32, out: usize): void {
  compare<i32>(op, a, b, bStep, n, out)
}
export function compareI64(op: i32, a: usize, b: usize, bStep: i32, n: i32, out: usize): void {
  compare<i64>(op, a, b, bStep, n, out)
}
export function compareF32(op: i32, a: usize, b: usize, bStep: i32, n: i32, out: usize): void {
  compare<f32>(op, a, b, bStep, n, out)
}
export function compareF64(op: i32, a: usize, b: usize, bStep: i32, n: i32, out: usize): void {
  compare<f64>(op, a, b, bStep, n, out)
}

/** Booleans: false < true. */
export function compareI8(op: i32, a: usize, b: usize, bStep: i32, n: i32, out: usize): void {
  for (let i = 0; i < n; i++) {
    const x = load<u8>(a + i)
    const y = load<u8>(b + i * bStep)
    store<u8>(out + i, <u8>test<u8>(op & ~1, x, y) ^ <u8>(op & 1))
  }
}

/** Two's complement of 128 bits, low word first. */
export function compareI128(op: i32, a: usize, b: usize, bStep: i32, n: i32, out: usize): void {
  const base = op & ~1
  for (let i = 0; i < n; i++) {
    const p = a + (<usize>i << 4)
    const q = b + (<usize>(i * bStep) << 4)
    const xLow = load<u64>(p)
    const yLow = load<u64>(q)
    const xHigh = load<i64>(p, 8)
    const yHigh = load<i64>(q, 8)
    const same = xHigh == yHigh
    let holds: bool
    if (base == EQ) holds = same && xLow == yLow
    else if (base == LT) holds = same ? xLow < yLow : xHigh < yHigh
    else holds = same ? xLow <= yLow : xHigh < yHigh
    store<u8>(out + i, <u8>holds ^ <u8>(op & 1))
  }
}

/** 16 bytes by their order in memory (uuid). */
export function compareB128(op: i32, a: usize, b: usize, bStep: i32, n: i32, out: usize): void {
  const base = op & ~1
  for (let i = 0; i < n; i++) {
    const order = memory.compare(a + (<usize>i << 4), b + (<usize>(i * bStep) << 4), 16)
    const holds = base == EQ ? order == 0 : base == LT ? order < 0 : order <= 0
    store<u8>(out + i, <u8>holds ^ <u8>(op & 1))
  }
}

/** Intervals by their length, months of 30 days and days of 24 hours. */
export function compareInterval(op: i32, a: usize, b: usize, bStep: i32, n: i32, out: usize): void {
  const base = op & ~1
  for (let i = 0; i < n; i++) {
    const order = orderIntervals(a + (<usize>i << 4), b + (<usize>(i * bStep) << 4))
    const holds = base == EQ ? order == 0 : base == LT ? order < 0 : order <= 0
    store<u8>(out + i, <u8>holds ^ <u8>(op & 1))
  }
}

const DAY_MICROS: i64 = 86_400_000_000

/** Whole days and the micros of the rest, 64 bits each: equal for intervals of one length. */
export function intervalKeys(intervals: usize, n: i32, out: usize): void {
  for (let i = 0; i < n; i++) {
    const p = intervals + (<usize>i << 4)
    const micros = load<i64>(p, 8)
    let days = <i64>load<i32>(p) * 30 + load<i32>(p, 4) + micros / DAY_MICROS
    let rest = micros % DAY_MICROS
    if (rest < 0) {
      rest += DAY_MICROS
      days--
    }
    store<i64>(out + (<usize>i << 4), days)
    store<i64>(out + (<usize>i << 4), rest, 8)
  }
}

function orderIntervals(p: usize, q: usize): i32 {
  // Whole days and the rest apart: the sum in micros may not fit 64 bits.
  const pMicros = load<i64>(p, 8)
  const qMicros = load<i64>(q, 8)
  let pDays = <i64>load<i32>(p) * 30 + load<i32>(p, 4) + pMicros / DAY_MICROS
  let qDays = <i64>load<i32>(q) * 30 + load<i32>(q, 4) + qMicros / DAY_MICROS
  let pRest = pMicros % DAY_MICROS
  let qRest = qMicros % DAY_MICROS
  if (pRest < 0) {
    pRest += DAY_MICROS
    pDays--
  }
  if (qRest < 0) {
    qRest += DAY_MICROS
    qDays--
  }
  if (pDays != qDays) return pDays < qDays ? -1 : 1
  return pRest < qRest ? -1 : pRest > qRest ? 1 : 0
}

/** memcmp, 8 bytes at a time, then by length. Reads up to 7 bytes past the shorter one. */
// @ts-ignore: decorator
@inline
export function orderBytes(p: usize, pLength: u32, q: usize, qLength: u32): i32 {
  const length = pLength < qLength ? pLength : qLength
  let i: u32 = 0
  for (; i + 8 <= length; i += 8) {
    const x = load<u64>(p + i)
    const y = load<u64>(q + i)
    if (x != y) return bswap(x) < bswap(y) ? -1 : 1
  }
  for (; i < length; i++) {
    const x = load<u8>(p + i)
    const y = load<u8>(q + i)
    if (x != y) return x < y ? -1 : 1
  }
  return pLength < qLength ? -1 : pLength > qLength ? 1 : 0
}

// @ts-ignore: decorator
@inline
function sameBytes(p: usize, q: usize, length: u32): bool {
  // Short texts (codes, flags) in one step: what lies behind them is read, and shifted out.
  if (length <= 8) return length == 0 || (load<u64>(p) ^ load<u64>(q)) << (64 - 8 * <u64>length) == 0
  for (let i: u32 = 0; i + 8 <= length; i += 8) if (load<u64>(p + i) != load<u64>(q + i)) return false
  // The last eight bytes, some of them again.
  return load<u64>(p + length - 8) == load<u64>(q + length - 8)
}

/** Byte strings (text, bytea) by views. NULL rows are not looked at: their views need not be sound. */
export function compareBytes(op: i32, a: usize, b: usize, bStep: i32, validity: usize, n: i32, out: usize): void {
  const base = op & ~1
  const flip = <u8>(op & 1)
  for (let i = 0; i < n; i++) {
    if (validity != 0 && load<u8>(validity + i) == 0) {
      store<u8>(out + i, 0)
      continue
    }
    const x = a + (<usize>i << 3)
    const y = b + (<usize>(i * bStep) << 3)
    const xLength = load<u32>(x, 4)
    const yLength = load<u32>(y, 4)
    let holds: bool
    if (base == EQ) {
      holds = xLength == yLength && sameBytes(load<u32>(x), load<u32>(y), xLength)
    } else {
      const order = orderBytes(load<u32>(x), xLength, load<u32>(y), yLength)
      holds = base == LT ? order < 0 : order <= 0
    }
    store<u8>(out + i, <u8>holds ^ flip)
  }
}

/** mask[i] = whether the value is among `count` values at `list`, sorted ascending; 32-bit integers. */
export function isAmongI32(a: usize, n: i32, list: usize, count: i32, out: usize): void {
  for (let i = 0; i < n; i++) {
    store<u8>(out + i, <u8>isAmong<i32>(load<i32>(a + (<usize>i << 2)), list, count))
  }
}

/** As isAmongI32, 64-bit integers. */
export function isAmongI64(a: usize, n: i32, list: usize, count: i32, out: usize): void {
  for (let i = 0; i < n; i++) {
    store<u8>(out + i, <u8>isAmong<i64>(load<i64>(a + (<usize>i << 3)), list, count))
  }
}

// @ts-ignore: decorator
@inline
function isAmong<T>(value: T, list: usize, count: i32): bool {
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >>> 1
    if (load<T>(list + (<usize>middle << alignof<T>())) < value) low = middle + 1
    else high = middle
  }
  return low < count && load<T>(list + (<usize>low << alignof<T>())) == value
}
