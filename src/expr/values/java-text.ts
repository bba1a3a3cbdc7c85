/** Texts of floating point numbers as Java's `Double.toString` and `Float.toString` write them: `1.0`, `1.0E10`, `NaN`. */

const PLAIN_MIN = 1e-3
const PLAIN_MAX = 1e7

export function floatToJavaText(value: number, kind: 'real' | 'double'): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity'
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0'
  const sign = value < 0 ? '-' : ''
  const [digits, exponent] = shortestDigits(Math.abs(value), kind)
  const size = Math.abs(value)
  if (size >= PLAIN_MIN && size < PLAIN_MAX) {
    if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`
    const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0')
    return `${sign}${whole}.${digits.slice(exponent + 1) || '0'}`
  }
  return `${sign}${digits[0]}.${digits.slice(1) || '0'}E${exponent}`
}

/** The fewest digits that give the number back, and the power of ten of the first. */
function shortestDigits(value: number, kind: 'real' | 'double'): readonly [string, number] {
  let text = value.toExponential()
  if (kind === 'real') {
    for (let precision = 0; precision < 9; precision++) {
      text = value.toExponential(precision)
      if (Math.fround(Number(text)) === value) break
    }
  }
  const [mantissa = '', exponent = '0'] = text.split('e')
  return [mantissa.replace('.', '').replace(/0+$/, '') || '0', Number(exponent)]
}
