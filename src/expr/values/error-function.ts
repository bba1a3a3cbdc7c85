/**
 * The error function: for small arguments its Taylor series, for large ones the continued fraction of its complement
 * (Abramowitz and Stegun 7.1.6 and 7.1.14). The logarithm of the gamma function: Stirling's series after shifting the argument (6.1.40).
 */

const TWO_OVER_ROOT_PI = 2 / Math.sqrt(Math.PI)
/** From here on the continued fraction converges faster than the series. */
const LARGE = 2.5
/** Enough for all digits of a double at LARGE. */
const FRACTION_STEPS = 120

/** erf(x), or 1 - erf(x) without loss of digits. */
export function errorFunction(x: number, complement: boolean = false): number {
  if (Number.isNaN(x)) return x
  const size = Math.abs(x)
  if (size < LARGE) {
    const value = series(x)
    return complement ? 1 - value : value
  }
  const rest = complementOf(size)
  if (complement) return x > 0 ? rest : 2 - rest
  return x > 0 ? 1 - rest : rest - 1
}

function series(x: number): number {
  // exp(-x^2) * sum of 2^n x^(2n+1) / (2n+1)!!: all terms of one sign.
  let term = x
  let sum = x
  for (let n = 1; Math.abs(term) > Math.abs(sum) * 1e-18; n++) {
    term *= (2 * x * x) / (2 * n + 1)
    sum += term
  }
  return TWO_OVER_ROOT_PI * Math.exp(-x * x) * sum
}

function complementOf(x: number): number {
  if (x > 28) return 0
  let fraction = 0
  for (let k = FRACTION_STEPS; k > 0; k--) fraction = k / 2 / (x + fraction)
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + fraction)
}

const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360_360, 1 / 156]
/** From here on Stirling's series has all digits of a double. */
const STIRLING_MIN = 13

/** The logarithm of |gamma(x)|; infinite at 0 and the negative whole numbers. */
export function logGamma(x: number): number {
  if (Number.isNaN(x)) return x
  if (!Number.isFinite(x)) return Infinity
  if (x <= 0 && Number.isInteger(x)) return Infinity
  if (x === 1 || x === 2) return 0
  if (x < 0.5) return Math.log(Math.PI / Math.abs(Math.sin(Math.PI * x))) - logGamma(1 - x)
  let shifted = x
  let product = 1
  while (shifted < STIRLING_MIN) product *= shifted++
  let sum = (shifted - 0.5) * Math.log(shifted) - shifted + 0.5 * Math.log(2 * Math.PI)
  let power = shifted
  for (const coefficient of STIRLING) {
    sum += coefficient / power
    power *= shifted * shifted
  }
  return sum - Math.log(product)
}
