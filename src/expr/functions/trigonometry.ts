/** Hyperbolic functions, and trigonometry in degrees, exact where the angle is a multiple of 30 or 45 degrees. */
import { SqlError } from '../../core/errors.ts'
import { DOUBLE } from '../../core/types.ts'
import { define } from './define.ts'
import type { ScalarFunction } from './function.ts'
import { floatOverflow } from './number-arithmetic.ts'

function outOfRange(): SqlError {
  return new SqlError('22003', 'input is out of range')
}

const RADIANS = Math.PI / 180
const SIN_30 = Math.sin(30 * RADIANS)
const ONE_MINUS_COS_60 = 1 - Math.cos(60 * RADIANS)
const ASIN_HALF = Math.asin(0.5)
const ACOS_HALF = Math.acos(0.5)
const ATAN_ONE = Math.atan(1)

function sineTo30(degrees: number): number {
  return Math.sin(degrees * RADIANS) / SIN_30 / 2
}

function cosineTo60(degrees: number): number {
  return 1 - (1 - Math.cos(degrees * RADIANS)) / ONE_MINUS_COS_60 / 2
}

/** Of angles from 0 to 90. */
function sineTo90(degrees: number): number {
  return degrees <= 30 ? sineTo30(degrees) : cosineTo60(90 - degrees)
}

function cosineTo90(degrees: number): number {
  return degrees <= 60 ? cosineTo60(degrees) : sineTo30(90 - degrees)
}

/** The angle within the first quarter, and the signs that sine and cosine have in its own quarter. */
function quarter(degrees: number): { readonly angle: number; readonly sine: number; readonly cosine: number } {
  if (!Number.isFinite(degrees)) throw outOfRange()
  let angle = degrees % 360
  let sine = 1
  let cosine = 1
  if (angle < 0) {
    angle = -angle
    sine = -sine
  }
  if (angle > 180) {
    angle = 360 - angle
    sine = -sine
  }
  if (angle > 90) {
    angle = 180 - angle
    cosine = -cosine
  }
  return { angle, sine, cosine }
}

function sineOfDegrees(degrees: number): number {
  const { angle, sine } = quarter(degrees)
  return sine * sineTo90(angle)
}

function cosineOfDegrees(degrees: number): number {
  const { angle, cosine } = quarter(degrees)
  return cosine * cosineTo90(angle)
}

const TAN_45 = sineTo90(45) / cosineTo90(45)

function tangentOfDegrees(degrees: number): number {
  const { angle, sine, cosine } = quarter(degrees)
  return (sine * cosine * (sineTo90(angle) / cosineTo90(angle))) / TAN_45 + 0
}

function cotangentOfDegrees(degrees: number): number {
  const { angle, sine, cosine } = quarter(degrees)
  return sine * cosine * (cosineTo90(angle) / sineTo90(angle)) * TAN_45 + 0
}

function unit(value: number): void {
  if (Math.abs(value) > 1) throw outOfRange()
}

function arcsineTo90(value: number): number {
  return value <= 0.5 ? (Math.asin(value) / ASIN_HALF) * 30 : 90 - (Math.acos(value) / ACOS_HALF) * 60
}

function arcsineInDegrees(value: number): number {
  unit(value)
  return value >= 0 ? arcsineTo90(value) : -arcsineTo90(-value)
}

function arccosineInDegrees(value: number): number {
  unit(value)
  const size = Math.abs(value)
  const angle = size <= 0.5 ? 90 - (Math.asin(size) / ASIN_HALF) * 30 : (Math.acos(size) / ACOS_HALF) * 60
  return value >= 0 ? angle : 180 - angle
}

function cotangent(value: number): number {
  if (!Number.isFinite(value) && !Number.isNaN(value)) throw outOfRange()
  return 1 / Math.tan(value)
}

function acosh(value: number): number {
  if (value < 1) throw outOfRange()
  return Math.acosh(value)
}

function atanh(value: number): number {
  unit(value)
  return Math.atanh(value)
}

function ofDouble(
  name: string,
  what: string,
  example: readonly [string, string],
  compute: (value: number) => number,
): ScalarFunction {
  return define('math', name, `${what}.`, example, [[[DOUBLE], DOUBLE]], ([value]: readonly [number]) =>
    Number.isNaN(value) ? value : compute(value),
  )
}

function checked(compute: (value: number) => number): (value: number) => number {
  return (value) => {
    const result = compute(value)
    if (!Number.isFinite(result) && Number.isFinite(value)) throw floatOverflow()
    return result
  }
}

export const trigonometryFunctions: readonly ScalarFunction[] = [
  ofDouble('sinh', 'Hyperbolic sine', ['sinh(0)', '0'], checked(Math.sinh)),
  ofDouble('cosh', 'Hyperbolic cosine', ['cosh(0)', '1'], checked(Math.cosh)),
  ofDouble('tanh', 'Hyperbolic tangent', ['tanh(0)', '0'], Math.tanh),
  ofDouble('asinh', 'Inverse hyperbolic sine', ['asinh(0)', '0'], Math.asinh),
  ofDouble('acosh', 'Inverse hyperbolic cosine', ['acosh(1)', '0'], acosh),
  ofDouble('atanh', 'Inverse hyperbolic tangent', ['atanh(0)', '0'], atanh),
  ofDouble('cot', 'Cotangent', ['round(cot(0.5) * 1000)', '1830'], cotangent),
  ofDouble('sind', 'Sine of an angle in degrees', ['sind(30)', '0.5'], sineOfDegrees),
  ofDouble('cosd', 'Cosine of an angle in degrees', ['cosd(60)', '0.5'], cosineOfDegrees),
  ofDouble('tand', 'Tangent of an angle in degrees', ['tand(45)', '1'], tangentOfDegrees),
  ofDouble('cotd', 'Cotangent of an angle in degrees', ['cotd(45)', '1'], cotangentOfDegrees),
  ofDouble('asind', 'Inverse sine, in degrees', ['asind(0.5)', '30'], arcsineInDegrees),
  ofDouble('acosd', 'Inverse cosine, in degrees', ['acosd(0.5)', '60'], arccosineInDegrees),
  ofDouble('atand', 'Inverse tangent, in degrees', ['atand(1)', '45'], (value) => (Math.atan(value) / ATAN_ONE) * 45),
  define(
    'math',
    'atan2d',
    'Angle of the point (x, y) in degrees, given as atan2d(y, x).',
    ['atan2d(1, 1)', '45'],
    [[[DOUBLE, DOUBLE], DOUBLE]],
    ([y, x]: readonly [number, number]) => (Math.atan2(y, x) / ATAN_ONE) * 45,
  ),
]
