import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'mocha'
import { readAssembly } from '../../../lib/deploy/assembly.ts'
import { readStagers } from '../../../lib/deploy/stagers.ts'

describe('an assembly', () => {
  it('says what of each resource outlives its stack, by what the template says and by what AWS does without', () => {
    const remains = withFolder(folder => {
      write(folder, 'manifest.json', { artifacts: { S: { type: 'aws:cloudformation:stack' } } })
      write(folder, 'S.template.json', {
        Resources: {
          Kept: { Type: 'AWS::S3::Bucket', DeletionPolicy: 'Retain' },
          KeptOnceMade: { Type: 'AWS::S3::Bucket', DeletionPolicy: 'RetainExceptOnCreate' },
          Gone: { Type: 'AWS::S3::Bucket' },
          Disk: { Type: 'AWS::EC2::Volume', DeletionPolicy: 'Snapshot' },
          Database: { Type: 'AWS::RDS::DBInstance' },
          Member: { Type: 'AWS::RDS::DBInstance', Properties: { DBClusterIdentifier: 'x' } },
          GoneDatabase: { Type: 'AWS::RDS::DBInstance', DeletionPolicy: 'Delete' },
          // Its instance ends, and so does it.
          Attachment: { Type: 'AWS::EC2::VolumeAttachment', DeletionPolicy: 'Retain' },
        },
      })
      const [stack] = readAssembly(folder)
      return Object.fromEntries(stack?.resources.map(one => [one.logicalId, one.remains]) ?? [])
    })
    assert.deepEqual(remains, {
      Kept: 'itself',
      KeptOnceMade: 'itself',
      Gone: 'nothing',
      Disk: 'a snapshot',
      Database: 'a snapshot',
      Member: 'nothing',
      GoneDatabase: 'nothing',
      Attachment: 'nothing',
    })
  })

  it('names each program that brings a file once, and whether anybody said what the file must be', () => {
    const stagers = withFolder(folder => {
      const staged = (...words: string[]) => ({
        source: { executable: ['node', '/x/stage-it.mjs', ...words] },
      })
      write(folder, 'A.assets.json', {
        files: { one: staged('file:a', 'unset'), two: { source: { path: 'x', packaging: 'file' } } },
      })
      write(folder, 'B.assets.json', {
        files: { one: staged('file:a', 'unset'), two: staged('file:b', '00') },
      })
      write(folder, 'C.assets.json', { files: { one: staged() } })
      return readStagers(folder).map(({ source, lacksChecksum }) => [source, lacksChecksum])
    })
    assert.deepEqual(stagers, [
      ['file:a', true],
      ['file:b', false],
      ['stage-it.mjs', false],
    ])
  })
})

function write(folder: string, name: string, content: object): void {
  writeFileSync(join(folder, name), JSON.stringify(content))
}

function withFolder<T>(work: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'aftershock-assembly-'))
  try {
    return work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
