// Masks: bytes of 0 and 1. Stores run up to 15 bytes past the end.

export function andMask(a: usize, b: usize, n: i32, out: usize): void {
  for (let i = 0; i < n; i += 16) v128.store(out + i, v128.and(v128.load(a + i), v128.load(b + i)))
}

export function orMask(a: usize, b: usize, n: i32, out: usize): void {
  for (let i = 0; i < n; i += 16) v128.store(out + i, v128.or(v128.load(a + i), v128.load(b + i)))
}

/** out = 1 where `a` is 0, else 0. */
export function notMask(a: usize, n: i32, out: usize): void {
  const one = i8x16.splat(1)
  for (let i = 0; i < n; i += 16) {
    v128.store(out + i, v128.and(i8x16.eq(v128.load(a + i), i8x16.splat(0)), one))
  }
}

/** Three-valued AND: false if either is false, else NULL if either is NULL. Validity 0: no NULLs. */
export function andTernary(a: usize, aValid: usize, b: usize, bValid: usize, n: i32, out: usize, outValid: usize): void {
  ternary(a, aValid, b, bValid, n, out, outValid, 0)
}

/** Three-valued OR: true if either is true, else NULL if either is NULL. */
export function orTernary(a: usize, aValid: usize, b: usize, bValid: usize, n: i32, out: usize, outValid: usize): void {
  ternary(a, aValid, b, bValid, n, out, outValid, 1)
}

/** OR is AND of the negations, negated: `flip` 1. */
// @ts-ignore: decorator
@inline
function ternary(a: usize, aValid: usize, b: usize, bValid: usize, n: i32, out: usize, outValid: usize, flip: i8): void {
  const one = i8x16.splat(1)
  const flips = i8x16.splat(flip)
  for (let i = 0; i < n; i += 16) {
    const x = v128.xor(v128.load(a + i), flips)
    const y = v128.xor(v128.load(b + i), flips)
    const xKnown = aValid == 0 ? one : v128.load(aValid + i)
    const yKnown = bValid == 0 ? one : v128.load(bValid + i)
    const no = v128.or(v128.andnot(xKnown, x), v128.andnot(yKnown, y))
    const yes = v128.and(v128.and(x, xKnown), v128.and(y, yKnown))
    v128.store(out + i, v128.xor(v128.and(yes, one), flips))
    v128.store(outValid + i, v128.and(v128.or(no, yes), one))
  }
}
