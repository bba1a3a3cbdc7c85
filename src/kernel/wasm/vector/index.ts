// Exports of the module `vector`: kernels over whole vectors (see src/kernel/README.md for the conventions).
export * from './select'
export * from './gather'
export {
  compareB128,
  compareBytes,
  compareF32,
  compareF64,
  compareI128,
  compareI32,
  compareI64,
  compareI8,
  compareInterval,
  intervalKeys,
  isAmongI32,
  isAmongI64,
} from './compare'
export * from './logic'
export * from './arithmetic'
export * from './int128'
export * from './convert'
export * from './hash'
export * from './text'
export * from './distance'
