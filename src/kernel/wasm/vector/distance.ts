// Distances of vectors: lists of numbers, one list a row on the left, on the right one a row or the same for all.
//
// Sums are of doubles in four lanes (element i in lane i % 4), ((0 + 2) + (1 + 3)), then the elements behind the last group of four: the same
// result wherever a row is computed.

const L2: i32 = 0
const COSINE: i32 = 1

// Of the row under way: its two vectors. (Module-level variables are a thread's own.)
let dotSum: f64 = 0
let leftSum: f64 = 0
let rightSum: f64 = 0

// @ts-ignore: decorator
@inline
function lanes(a: v128, b: v128): f64 {
  const both = f64x2.add(a, b)
  return f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1)
}

// @ts-ignore: decorator
@inline
function low<T>(at: usize): v128 {
  return sizeof<T>() == 4 ? f64x2.promote_low_f32x4(v128.load64_zero(at)) : v128.load(at)
}

function squares<T>(a: usize, b: usize, n: i32): f64 {
  let first = f64x2.splat(0)
  let second = f64x2.splat(0)
  let i = 0
  for (; i + 4 <= n; i += 4) {
    const p = a + <usize>i * sizeof<T>()
    const q = b + (<usize>i << 3)
    const d = f64x2.sub(low<T>(p), v128.load(q))
    const e = f64x2.sub(low<T>(p + 2 * sizeof<T>()), v128.load(q, 16))
    first = f64x2.add(first, f64x2.mul(d, d))
    second = f64x2.add(second, f64x2.mul(e, e))
  }
  let sum = lanes(first, second)
  for (; i < n; i++) {
    const d = <f64>load<T>(a + <usize>i * sizeof<T>()) - load<f64>(b + (<usize>i << 3))
    sum += d * d
  }
  return sum
}

function products<T>(a: usize, b: usize, n: i32, withSquares: bool): void {
  let dot = f64x2.splat(0)
  let dot2 = f64x2.splat(0)
  let left = f64x2.splat(0)
  let left2 = f64x2.splat(0)
  let right = f64x2.splat(0)
  let right2 = f64x2.splat(0)
  let i = 0
  for (; i + 4 <= n; i += 4) {
    const p = a + <usize>i * sizeof<T>()
    const q = b + (<usize>i << 3)
    const x = low<T>(p)
    const x2 = low<T>(p + 2 * sizeof<T>())
    const y = v128.load(q)
    const y2 = v128.load(q, 16)
    dot = f64x2.add(dot, f64x2.mul(x, y))
    dot2 = f64x2.add(dot2, f64x2.mul(x2, y2))
    if (withSquares) {
      left = f64x2.add(left, f64x2.mul(x, x))
      left2 = f64x2.add(left2, f64x2.mul(x2, x2))
      right = f64x2.add(right, f64x2.mul(y, y))
      right2 = f64x2.add(right2, f64x2.mul(y2, y2))
    }
  }
  dotSum = lanes(dot, dot2)
  leftSum = lanes(left, left2)
  rightSum = lanes(right, right2)
  for (; i < n; i++) {
    const x = <f64>load<T>(a + <usize>i * sizeof<T>())
    const y = load<f64>(b + (<usize>i << 3))
    dotSum += x * y
    leftSum += x * x
    rightSum += y * y
  }
}

function anyNull(validity: usize, start: u32, count: u32): bool {
  for (let i = start; i < start + count; i++) if (load<u8>(validity + i) == 0) return true
  return false
}

function distances<T>(
  kind: i32,
  leftViews: usize,
  left: usize,
  leftItems: usize,
  rightViews: usize,
  right: usize,
  rightItems: usize,
  dimension: u32,
  validity: usize,
  n: i32,
  out: usize,
): i32 {
  for (let i = 0; i < n; i++) {
    if (load<u8>(validity + i) == 0) {
      store<f64>(out + (<usize>i << 3), 0)
      continue
    }
    const start = load<u32>(leftViews + (<usize>i << 3))
    const count = load<u32>(leftViews + (<usize>i << 3), 4)
    const other = rightViews == 0 ? 0 : load<u32>(rightViews + (<usize>i << 3))
    const otherCount = rightViews == 0 ? dimension : load<u32>(rightViews + (<usize>i << 3), 4)
    if (
      (leftItems != 0 && anyNull(leftItems, start, count)) ||
      (rightItems != 0 && anyNull(rightItems, other, otherCount))
    ) {
      store<u8>(validity + i, 0)
      store<f64>(out + (<usize>i << 3), 0)
      continue
    }
    if (count != otherCount) return i
    const a = left + <usize>start * sizeof<T>()
    const b = right + (<usize>other << 3)
    let result: f64
    if (kind == L2) result = Math.sqrt(squares<T>(a, b, count))
    else if (kind == COSINE) {
      products<T>(a, b, count, true)
      result = 1 - dotSum / Math.sqrt(leftSum * rightSum)
    } else {
      products<T>(a, b, count, false)
      result = -dotSum
    }
    store<f64>(out + (<usize>i << 3), result)
  }
  return -1
}

/**
 * Distances of `n` rows: `kind` 0 Euclidean, 1 cosine, 2 the inner product negated. Left: views (first item, count) into floats with the validity of the items
 * (0: none is NULL). Right: the same with doubles; with `rightViews` 0 one vector of `dimension` doubles for all rows. Rows whose `validity` is 0 are left
 * out, and rows with an item that is NULL get validity 0. Returns the first row whose vectors are of different lengths, or -1.
 */
export function distancesF32(
  kind: i32,
  leftViews: usize,
  left: usize,
  leftItems: usize,
  rightViews: usize,
  right: usize,
  rightItems: usize,
  dimension: u32,
  validity: usize,
  n: i32,
  out: usize,
): i32 {
  return distances<f32>(kind, leftViews, left, leftItems, rightViews, right, rightItems, dimension, validity, n, out)
}

/** The same with doubles on the left. */
export function distancesF64(
  kind: i32,
  leftViews: usize,
  left: usize,
  leftItems: usize,
  rightViews: usize,
  right: usize,
  rightItems: usize,
  dimension: u32,
  validity: usize,
  n: i32,
  out: usize,
): i32 {
  return distances<f64>(kind, leftViews, left, leftItems, rightViews, right, rightItems, dimension, validity, n, out)
}
