// JSON texts (RFC 8259): checked, and members of objects found in them. Texts with escapes, with deep nesting or with mistakes are left to others.
import { isNullRow, leave } from '../row-state'
import { sameText, storeView } from './rows'

const DEPTH_MAX: i32 = 64

const STRING: u32 = 1
const SCALAR: u32 = 2
const NULL: u32 = 3
const NESTED: u32 = 4

/** Where reading is. */
let p: usize = 0
let stop: usize = 0
/** Of the value read last: what it is. */
let kind: u32 = 0

// @ts-ignore: decorator
@inline
function skipBlanks(): void {
  // None, as a rule.
  while (p < stop) {
    const byte = load<u8>(p)
    if (byte > 32 || (byte != 32 && byte != 10 && byte != 13 && byte != 9)) break
    p++
  }
}

/** A string without escapes, from its first quote on; `p` is behind its last one then. */
// @ts-ignore: decorator
@inline
function string(): bool {
  // Locals: globals are stored and loaded at every step.
  let at = p + 1
  const end = stop
  while (at < end) {
    const byte = load<u8>(at)
    if (byte == 34) {
      p = at + 1
      return true
    }
    if (byte == 92 || byte < 32) break
    at++
  }
  p = at
  return false
}

// @ts-ignore: decorator
@inline
function digits(): bool {
  const start = p
  let at = start
  const end = stop
  while (at < end && <u32>load<u8>(at) - 48 <= 9) at++
  p = at
  return at > start
}

function number(): bool {
  if (load<u8>(p) == 45) p++
  if (p >= stop) return false
  if (load<u8>(p) == 48) p++
  else if (!digits()) return false
  if (p < stop && load<u8>(p) == 46) {
    p++
    if (!digits()) return false
  }
  if (p < stop && (load<u8>(p) | 32) == 101) {
    p++
    if (p < stop && (load<u8>(p) == 43 || load<u8>(p) == 45)) p++
    if (!digits()) return false
  }
  return true
}

/** The word whose first four bytes are `first`, and its fifth byte, if any. */
// @ts-ignore: decorator
@inline
function word(first: u32, fifth: u8): bool {
  const length: usize = fifth == 0 ? 4 : 5
  if (p + length > stop || load<u32>(p) != first || (fifth != 0 && load<u8>(p, 4) != fifth)) return false
  p += length
  return true
}

/** A value at `p`, which is behind it then. */
function value(depth: i32): bool {
  if (p >= stop || depth > DEPTH_MAX) return false
  const byte = load<u8>(p)
  if (byte == 34) {
    const fits = string()
    kind = STRING
    return fits
  }
  if (byte == 123 || byte == 91) {
    const fits = byte == 123 ? object(depth, 0, 0) : list(depth)
    kind = NESTED
    return fits
  }
  if (byte == 110) {
    kind = NULL
    return word(0x6c6c756e, 0)
  }
  kind = SCALAR
  if (byte == 116) return word(0x65757274, 0)
  if (byte == 102) return word(0x736c6166, 101)
  return number()
}

function list(depth: i32): bool {
  p++
  skipBlanks()
  if (p < stop && load<u8>(p) == 93) {
    p++
    return true
  }
  while (p < stop) {
    skipBlanks()
    if (!value(depth + 1)) return false
    const mark = nextMark()
    if (mark == 93) return true
    if (mark != 44) return false
  }
  return false
}

/** The member found last, and what it is (0: there is none). */
let foundStart: usize = 0
let foundEnd: usize = 0
let foundKind: u32 = 0

/** The bytes of a member's name, which `memberName` read. */
let nameStart: usize = 0
let nameLength: usize = 0

/** A member's name and the colon behind it; `p` is at its value then. */
// @ts-ignore: decorator
@inline
function memberName(): bool {
  skipBlanks()
  if (p >= stop || load<u8>(p) != 34) return false
  nameStart = p + 1
  if (!string()) return false
  nameLength = p - 1 - nameStart
  skipBlanks()
  if (p >= stop || load<u8>(p) != 58) return false
  p++
  skipBlanks()
  return true
}

/** The byte behind a value and blanks, which is passed; 0 at the end. */
// @ts-ignore: decorator
@inline
function nextMark(): u8 {
  skipBlanks()
  return p < stop ? load<u8>(p++) : 0
}

/** An object at `p`; of its members the last of the name (of `length` bytes at `key`) is noted if there is a name. */
function object(depth: i32, key: usize, length: usize): bool {
  p++
  skipBlanks()
  if (p < stop && load<u8>(p) == 125) {
    p++
    return true
  }
  while (p < stop) {
    if (!memberName()) return false
    const isWanted = key != 0 && nameLength == length && sameText(nameStart, key, length)
    const start = p
    if (!value(depth + 1)) return false
    if (isWanted) {
      foundStart = start
      foundEnd = p
      foundKind = kind
    }
    const mark = nextMark()
    if (mark == 125) return true
    if (mark != 44) return false
  }
  return false
}

// @ts-ignore: decorator
@inline
function open(views: usize, i: i32): void {
  const view = views + (<usize>i << 3)
  p = <usize>load<u32>(view)
  stop = p + load<u32>(view, 4)
  skipBlanks()
}

// @ts-ignore: decorator
@inline
function isDone(): bool {
  skipBlanks()
  return p == stop
}

/** Rows (not NULL) that are not surely JSON are in `slow`; how many. */
export function checkJson(views: usize, validity: usize, n: i32, slow: usize): i32 {
  let left = 0
  for (let i = 0; i < n; i++) {
    if (isNullRow(validity, i)) continue
    open(views, i)
    if (!value(0) || !isDone()) left = leave(slow, left, i)
  }
  return left
}

/**
 * The member `key` of objects: its text without quotes, or as JSON where `quoted`. `found`: 1 where there is one that is not null (null itself is there where
 * `quoted`). Members that are objects or lists, and what is not surely JSON, are in `slow`, whose length is the result.
 */
export function jsonMembers(
  views: usize,
  validity: usize,
  n: i32,
  key: usize,
  length: usize,
  quoted: i32,
  out: usize,
  found: usize,
  slow: usize,
): i32 {
  let left = 0
  for (let i = 0; i < n; i++) {
    storeView(out, i, 0, 0)
    store<u8>(found + <usize>i, 0)
    if (isNullRow(validity, i)) continue
    open(views, i)
    foundKind = 0
    const isObject = p < stop && load<u8>(p) == 123
    const fits = (isObject ? object(0, key, length) : value(0)) && isDone()
    if (!fits || (isObject && foundKind == NESTED)) {
      store<u8>(found + <usize>i, 1)
      left = leave(slow, left, i)
      continue
    }
    if (!isObject || foundKind == 0 || (foundKind == NULL && quoted == 0)) continue
    const cut: usize = foundKind == STRING && quoted == 0 ? 1 : 0
    storeView(out, i, foundStart + cut, foundEnd - foundStart - 2 * cut)
    store<u8>(found + <usize>i, 1)
  }
  return left
}

/** The last members of an object at `p` whose names are among `count` ones (views at `keys`): views and kinds, `stride` rows apart. */
function members(keys: usize, count: i32, out: usize, kinds: usize, stride: usize): bool {
  p++
  skipBlanks()
  if (p < stop && load<u8>(p) == 125) {
    p++
    return true
  }
  while (p < stop) {
    if (!memberName()) return false
    let found = 0
    while (found < count) {
      const key = keys + (<usize>found << 3)
      if (load<u32>(key, 4) == nameLength && sameText(nameStart, load<u32>(key), nameLength)) break
      found++
    }
    const start = p
    if (!value(1)) return false
    if (found < count) {
      storeView(out + ((stride * <usize>found) << 3), 0, start, p - start)
      store<u8>(kinds + stride * <usize>found, <u8>kind)
    }
    const mark = nextMark()
    if (mark == 125) return true
    if (mark != 44) return false
  }
  return false
}

/**
 * Members of objects by name, as JSON: for each of `count` names (views at `keys`) `n` views in `out` and `n` kinds: 0 none, 1 a string without escapes,
 * 2 a number or boolean, 3 null, 4 an object or list. Texts that are not surely JSON, or no object, have the kind 255 for all names; NULLs and empty
 * texts have 0.
 */
export function jsonSpans(
  views: usize,
  validity: usize,
  n: i32,
  keys: usize,
  count: i32,
  out: usize,
  kinds: usize,
): void {
  const stride = <usize>n
  memory.fill(kinds, 0, stride * <usize>count)
  memory.fill(out, 0, (stride * <usize>count) << 3)
  for (let i = 0; i < n; i++) {
    if (isNullRow(validity, i) || load<u32>(views + (<usize>i << 3), 4) == 0) continue
    open(views, i)
    const row = <usize>i
    if (p < stop && load<u8>(p) == 123 && members(keys, count, out + (row << 3), kinds + row, stride) && isDone()) continue
    for (let j: usize = 0; j < <usize>count; j++) store<u8>(kinds + row + stride * j, 255)
  }
}
