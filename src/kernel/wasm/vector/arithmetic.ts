// + - * / % on whole vectors. A step of 0 repeats the first value. Integer kernels return the first row (not NULL by `validity`) that
// overflows or divides by zero, or -1; what they wrote is then of no use.

const ADD = 0
const SUBTRACT = 1
const MULTIPLY = 2

// @ts-ignore: decorator
@inline
function isNull(validity: usize, i: i32): bool {
  return validity != 0 && load<u8>(validity + i) == 0
}

// @ts-ignore: decorator
@inline
function loadOr<T>(isConst: bool, splat: v128, pointer: usize): v128 {
  return isConst ? splat : v128.load(pointer)
}

/** Sum or difference; lanes whose sign bit is set in the result of the function have overflowed. */
// @ts-ignore: decorator
@inline
function sums<T>(op: i32, a: usize, aConst: bool, b: usize, bConst: bool, n: i32, out: usize): v128 {
  const shift = alignof<T>()
  const lanes = 16 / sizeof<T>()
  const aSplat = v128.splat<T>(load<T>(a))
  const bSplat = v128.splat<T>(load<T>(b))
  let bad = i64x2.splat(0)
  let i: usize = 0
  for (; i + lanes <= <usize>n; i += lanes) {
    const x = loadOr<T>(aConst, aSplat, a + (i << shift))
    const y = loadOr<T>(bConst, bSplat, b + (i << shift))
    const r = op == ADD ? v128.add<T>(x, y) : v128.sub<T>(x, y)
    // Overflow: x and y (for a difference: not y) have the sign that the result lacks.
    const other = op == ADD ? v128.xor(y, r) : v128.not(v128.xor(y, r))
    bad = v128.or(bad, v128.and(v128.xor(x, r), other))
    v128.store(out + (i << shift), r)
  }
  for (; i < <usize>n; i++) {
    const x = load<T>(aConst ? a : a + (i << shift))
    const y = load<T>(bConst ? b : b + (i << shift))
    const r = op == ADD ? <T>(x + y) : <T>(x - y)
    const other = op == ADD ? y ^ r : ~(y ^ r)
    bad = v128.or(bad, v128.splat<T>((x ^ r) & other))
    store<T>(out + (i << shift), r)
  }
  return bad
}

// @ts-ignore: decorator
@inline
function sum<T>(op: i32, a: usize, aStep: i32, b: usize, bStep: i32, n: i32, validity: usize, out: usize): i32 {
  let bad: v128
  if (aStep == 0) bad = sums<T>(op, a, true, b, false, n, out)
  else if (bStep == 0) bad = sums<T>(op, a, false, b, true, n, out)
  else bad = sums<T>(op, a, false, b, false, n, out)
  if (v128.bitmask<T>(bad) == 0) return -1
  const shift = alignof<T>()
  for (let i = 0; i < n; i++) {
    if (isNull(validity, i)) continue
    const x = load<T>(a + (<usize>(i * aStep) << shift))
    const y = load<T>(b + (<usize>(i * bStep) << shift))
    const r = op == ADD ? <T>(x + y) : <T>(x - y)
    const other = op == ADD ? y ^ r : ~(y ^ r)
    if (((x ^ r) & other) < 0) return i
  }
  return -1
}

export function addI32(a: usize, aStep: i32, b: usize, bStep: i32, n: i32, validity: usize, out: usize): i32 {
  return sum<i32>(ADD, a, aStep, b, bStep, n, validity, out)
}
export function addI64(a: usize, aStep: i32, b: usize, bStep: i32, n: i32, validity: usize, out: usize): i32 {
  return sum<i64>(ADD, a, aStep, b, bStep, n, validity, out)
}
export function subtractI32(a: usize, aStep: i32, b: usize, bStep: i32, n: i32, validity: usize, out: usize): i32 {
  return sum<i32>(SUBTRACT, a, aStep, b, bStep, n, validity, out)
}
export function subtractI64(a: usize, aStep: i32, b: usize, bStep: i32, n: i32, validity: usize, out: usize): i32 {
  return sum<i64>(SUBTRACT, a, aStep, b, bStep, n, validity, out)
}

export function multiplyI32(a: usize, aStep: i32, b: usize, bStep: i32, n: i32, validity: usize, out: usize): i32 {
  let bad: i64 = 0
  for (let i = 0; i < n; i++) {
    const r = <i64>load<i32>(a + (<usize>(i * aStep) << 2)) * <i64>load<i32>(b + (<usize>(i * bStep) << 2))
    bad |= r ^ <i64><i32>r
    store<i32>(out + (<usize>i << 2), <i32>r)
  }
  if (bad == 0) return -1
  for (let i = 0; i < n; i++) {
    if (isNull(validity, i)) continue
    const r = <i64>load<i32>(a + (<usize>(i * aStep) << 2)) * <i64>load<i32>(b + (<usize>(i * bStep) << 2))
    if (r != <i64><i32>r) return i
  }
  return -1
}

/**
 * The product, with the bits that the factors use counted along: 64 - clz of a size says how many it needs, and factors of
 * together at most 63 bits cannot overflow. Only when they might is each row looked at.
 */
export function multiplyI64(a: usize, aStep: i32, b: usize, bStep: i32, n: i32, validity: usize, out: usize): i32 {
  let aBits: i64 = 0
  let bBits: i64 = 0
  if (bStep == 0) {
    const y = load<i64>(b)
    bBits = y ^ (y >> 63)
    for (let i = 0; i < n; i++) {
      const x = load<i64>(a + (<usize>i << 3))
      aBits |= x ^ (x >> 63)
      store<i64>(out + (<usize>i << 3), x * y)
    }
  } else {
    for (let i = 0; i < n; i++) {
      const x = load<i64>(a + (<usize>(i * aStep) << 3))
      const y = load<i64>(b + (<usize>i << 3))
      aBits |= x ^ (x >> 63)
      bBits |= y ^ (y >> 63)
      store<i64>(out + (<usize>i << 3), x * y)
    }
  }
  // |x| <= 2^(64 - clz): with both exactly powers of two the product is at most 2^(128 - clz - clz).
  if (clz(aBits) + clz(bBits) > 65) return -1
  for (let i = 0; i < n; i++) {
    if (isNull(validity, i)) continue
    const x = load<i64>(a + (<usize>(i * aStep) << 3))
    const y = load<i64>(b + (<usize>(i * bStep) << 3))
    if (overflowsI64(x, y)) return i
  }
  return -1
}

// @ts-ignore: decorator
@inline
function overflowsI64(x: i64, y: i64): bool {
  if (clz(x ^ (x >> 63)) + clz(y ^ (y >> 63)) > 65) return false
  if (x == 0 || y == 0) return false
  if ((x == -1 && y == i64.MIN_VALUE) || (y == -1 && x == i64.MIN_VALUE)) return true
  if (y == -1 || x == -1) return false
  return (x * y) / y != x
}

// @ts-ignore: decorator
@inline
function quotient<T>(isModulo: bool, a: usize, aStep: i32, b: usize, bStep: i32, n: i32, validity: usize, out: usize): i32 {
  const shift = alignof<T>()
  for (let i = 0; i < n; i++) {
    const x = load<T>(a + (<usize>(i * aStep) << shift))
    const y = load<T>(b + (<usize>(i * bStep) << shift))
    let r: T = <T>0
    if (y == 0) {
      if (!isNull(validity, i)) return i
    } else if (y == -1) {
      // The quotient of the least value overflows; its remainder is 0.
      if (!isModulo) {
        if (x == (sizeof<T>() == 4 ? <T>i32.MIN_VALUE : <T>i64.MIN_VALUE) && !isNull(validity, i)) return i
        r = <T>(0 - x)
      }
    } else {
      r = isModulo ? <T>(x % y) : <T>(x / y)
    }
    store<T>(out + (<usize>i << shift), r)
  }
  return -1
}

export function divideI32(a: usize, aStep: i32, b: usize, bStep: i32, n: i32, validity: usize, out: usize): i32 {
  return quotient<i32>(false, a, aStep, b, bStep, n, validity, out)
}
export function divideI64(a: usize, aStep: i32, b: usize, bStep: i32, n: i32, validity: usize, out: usize): i32 {
  return quotient<i64>(false, a, aStep, b, bStep, n, validity, out)
}
export function moduloI32(a: usize, aStep: i32, b: usize, bStep: i32, n: i32, validity: usize, out: usize): i32 {
  return quotient<i32>(true, a, aStep, b, bStep, n, validity, out)
}
export function moduloI64(a: usize, aStep: i32, b: usize, bStep: i32, n: i32, validity: usize, out: usize): i32 {
  return quotient<i64>(true, a, aStep, b, bStep, n, validity, out)
}

/**
 * op: 0 add, 1 subtract, 2 multiply, 3 divide. Returns the first row (not NULL) that the caller must look at (a finite pair with an infinite
 * or vanished result, a zero divisor), or -1.
 */
// @ts-ignore: decorator
@inline
function floats<T>(op: i32, a: usize, aStep: i32, b: usize, bStep: i32, n: i32, validity: usize, out: usize): i32 {
  const shift = alignof<T>()
  let suspect = false
  for (let i = 0; i < n; i++) {
    const x = load<T>(a + (<usize>(i * aStep) << shift))
    const y = load<T>(b + (<usize>(i * bStep) << shift))
    const r = op == ADD ? <T>(x + y) : op == SUBTRACT ? <T>(x - y) : op == MULTIPLY ? <T>(x * y) : <T>(x / y)
    store<T>(out + (<usize>i << shift), r)
    suspect = suspect || r - r != 0 || (op >= MULTIPLY && r == 0)
  }
  if (!suspect) return -1
  for (let i = 0; i < n; i++) {
    if (isNull(validity, i)) continue
    const x = load<T>(a + (<usize>(i * aStep) << shift))
    const y = load<T>(b + (<usize>(i * bStep) << shift))
    const r = load<T>(out + (<usize>i << shift))
    const finite = x - x == 0 && y - y == 0
    if (op == 3 && y == 0 && x == x) return i
    if (finite && r - r != 0) return i
    if (op == MULTIPLY && r == 0 && x != 0 && y != 0) return i
    if (op == 3 && r == 0 && x != 0 && y - y == 0) return i
  }
  return -1
}

// @ts-ignore: decorator
@inline
function floatArithmetic<T>(op: i32, a: usize, aStep: i32, b: usize, bStep: i32, n: i32, validity: usize, out: usize): i32 {
  if (op == ADD) return floats<T>(ADD, a, aStep, b, bStep, n, validity, out)
  if (op == SUBTRACT) return floats<T>(SUBTRACT, a, aStep, b, bStep, n, validity, out)
  if (op == MULTIPLY) return floats<T>(MULTIPLY, a, aStep, b, bStep, n, validity, out)
  return floats<T>(3, a, aStep, b, bStep, n, validity, out)
}

export function arithmeticF32(op: i32, a: usize, aStep: i32, b: usize, bStep: i32, n: i32, validity: usize, out: usize): i32 {
  return floatArithmetic<f32>(op, a, aStep, b, bStep, n, validity, out)
}
export function arithmeticF64(op: i32, a: usize, aStep: i32, b: usize, bStep: i32, n: i32, validity: usize, out: usize): i32 {
  return floatArithmetic<f64>(op, a, aStep, b, bStep, n, validity, out)
}
