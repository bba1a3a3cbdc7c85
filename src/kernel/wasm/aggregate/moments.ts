// Variance by the method of Youngs and Cramer, digit for digit PostgreSQL's: the state is count, sum and sum of squared differences
// from the mean, as f64.

// @ts-ignore: decorator
@inline
function momentsRows<T>(n: i32, rows: usize, values: usize, mask: usize, offset: i32): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    if (mask != 0 && load<u8>(mask + i) == 0) continue
    const p = <usize>load<u32>(rows + (i << 2)) + offset
    const value = <f64>load<T>(values + i * sizeof<T>())
    const count = load<f64>(p) + 1
    const sum = load<f64>(p, 8) + value
    store<f64>(p, count)
    store<f64>(p, sum, 8)
    if (count == 1) {
      // An infinity or NaN makes all differences unknown, its own too.
      if (value - value != 0) store<f64>(p, f64.NaN, 16)
      continue
    }
    const delta = value * count - sum
    store<f64>(p, load<f64>(p, 16) + (delta * delta) / (count * (count - 1)), 16)
  }
}

export function momentsF32Rows(n: i32, rows: usize, values: usize, mask: usize, offset: i32): void {
  momentsRows<f32>(n, rows, values, mask, offset)
}

export function momentsF64Rows(n: i32, rows: usize, values: usize, mask: usize, offset: i32): void {
  momentsRows<f64>(n, rows, values, mask, offset)
}

/** The sums of two parts. */
export function mergeMoments(n: i32, from: usize, to: usize, offset: i32): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    const a = <usize>load<u32>(to + (i << 2)) + offset
    const b = <usize>load<u32>(from + (i << 2)) + offset
    const countA = load<f64>(a)
    const countB = load<f64>(b)
    if (countB == 0) continue
    if (countA == 0) {
      memory.copy(a, b, 24)
      continue
    }
    const count = countA + countB
    const delta = load<f64>(a, 8) / countA - load<f64>(b, 8) / countB
    store<f64>(a, count)
    store<f64>(a, load<f64>(a, 8) + load<f64>(b, 8), 8)
    store<f64>(a, load<f64>(a, 16) + load<f64>(b, 16) + (countA * countB * delta * delta) / count, 16)
  }
}

/** `sample`: divide by count - 1; `root`: standard deviation. NULL for too few values. */
export function finishMoments(n: i32, rows: usize, offset: i32, sample: i32, root: i32, out: usize, validity: usize): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    const p = <usize>load<u32>(rows + (i << 2)) + offset
    const count = load<f64>(p)
    const divisor = sample ? count - 1 : count
    store<u8>(validity + i, <u8>(divisor > 0))
    let value: f64 = divisor > 0 ? load<f64>(p, 16) / divisor : 0
    if (root) value = Math.sqrt(value)
    store<f64>(out + (i << 3), value)
  }
}
