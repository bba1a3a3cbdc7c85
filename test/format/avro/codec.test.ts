/** Optional codecs of Avro's blocks, on streams that Python's bz2 and lzma modules wrote. */
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { DataError } from '../../../src/core/errors.ts'
import { decompressBlock } from '../../../src/format/avro/codec.ts'

/** 9,372 bytes: runs of four letters of random lengths, two alternating bytes, text beyond ASCII. */
const STREAMS = {
  bzip2:
    'QlpoOTFBWSZTWaj3WcoAAEH//+yghAYJgQAgMAQAALwkDQBgARCUAzQCAQgAFKEBAAQIsAC0wSiKGQBkAGIeoek02oekDSaU0YTTEzRGEYE0YBPQbVTTSekNAaDIaBpo00aaNqKD6yIgFCSRgzNKEJI0AzSZES4VUx+mB1894FuAAsiB0kWWNrLoSCBOghvv0qRex3tlNEHTPfmQAqQQ84gux1z9/VtcpYvGy6EIzACOUXTUxo1W/hES8oBmQDXoBv5AOTqRB9Y5qgegHoBkZEohQh5SQv4u5IpwoSFR7rOU',
  xz: '/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4CSbAJRdADFv+70/GQCYebgHPoXUcvPNU2C4nUHTJlHfVhbY8nDY9Fl3cbZDoyYQsUIRsKZk8TzNFjHLQX8n5A89ZeLL/CbPm8Ily1csEpawTCotsFNrRKoilSNbAVuaDVd3rG3BcQ4faIGtLyO0zkkr7DmpSOOXI88megushSYZWjuq5NSlSLbKuUWIvxykQUPWgI4+1eGe4AAA1/EdaFxI4n8AAbABnEkAAEsGImyxxGf7AgAAAAAEWVo=',
} as const

describe.each(['bzip2', 'xz'] as const)('%s', (codec) => {
  const stream = new Uint8Array(Buffer.from(STREAMS[codec], 'base64'))

  test('gives back what was compressed', () => {
    const bytes = decompressBlock(codec, stream, 'f.avro')
    expect(bytes.length).toBe(9372)
    expect(createHash('md5').update(bytes).digest('hex')).toBe('538744631244c263aba7e04584d1ecbd')
  })

  test('finds damage anywhere in its data', () => {
    for (let at = 0; at < stream.length; at += 7) {
      const damaged = stream.slice()
      damaged[at]! ^= 0x10
      let found: Uint8Array
      try {
        found = decompressBlock(codec, damaged, 'f.avro')
      } catch (error) {
        expect((error as DataError).sqlstate).toMatch(/XX001|0A000/)
        continue
      }
      // The index and the end of an .xz stream say nothing of the content.
      expect([codec, at > stream.length - 32, found.length]).toEqual(['xz', true, 9372])
    }
  })

  test.each([0, 1, 10, 100])('cut after %i bytes it is damage', (length) => {
    expect(() => decompressBlock(codec, stream.subarray(0, length), 'f.avro')).toThrow(DataError)
  })
})

test('other codecs are refused by name', () => {
  expect(() => decompressBlock('lzo', new Uint8Array(1), 'f.avro')).toThrow('Avro codec "lzo" is not supported')
})
