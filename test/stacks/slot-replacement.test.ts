import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { AftershockError } from '../../chaos/core/errors.ts'
import { parseTemplate } from '../../lib/deploy/deployed-templates.ts'
import {
  refuseReplacedSlots,
  replacedSlots,
  type TemplateResources,
} from '../../lib/deploy/slot-replacement.ts'
import { changed, shipped, type Synthesized, templateOf } from './synthesized.ts'

type Text = (text: string) => string

const CONTROLLERS = ['controller-1', 'controller-2', 'controller-3']

/** The template as CloudFormation would give it back, with what somebody changed in it. */
function resources({ cluster }: Pick<Synthesized, 'cluster'>, by: Text = text => text): TemplateResources {
  return parseTemplate(cluster.stackName, by(JSON.stringify(templateOf(cluster).toJSON())))
}

describe('a deployment that would replace a machine in its slot', function () {
  this.timeout(60_000)

  const names = (before: TemplateResources, after: TemplateResources) =>
    replacedSlots(before, after).map(({ name }) => name)
  const now = () => resources(shipped('kafka'))

  it('is none that changes configuration, tags, size or nothing', () => {
    const after = changed('kafka', {
      timeouts: 'tuned',
      expires: '2030-01-01',
      brokers: { perZone: 1, instanceType: 'm7g.xlarge' },
    })
    assert.deepEqual(names(now(), now()), [])
    assert.deepEqual(names(now(), resources(after)), [])
  })

  it('is one with another launch template: its new version is another machine', () => {
    const after = resources(shipped('kafka'), text => text.replaceAll('"VolumeSize":20', '"VolumeSize":30'))
    const found = replacedSlots(now(), after)
    assert.deepEqual(
      found.map(({ name }) => name),
      ['kafka-1', 'kafka-2', 'kafka-3', ...CONTROLLERS],
    )
    assert.match(found[0]?.because ?? '', /^LaunchTemplateData of kafka1Template\w+ would change$/)
  })

  it('is one with another interface, and none with another group of the same', () => {
    const subnet = (text: string) => text.replace(/("SubnetId":\{"Fn::ImportValue":")[^"]+/, '$1another')
    assert.deepEqual(names(now(), resources(shipped('kafka'), subnet)), ['kafka-1'])
    const group = (text: string) => text.replace(/("GroupSet":\[\{"Fn::ImportValue":")[^"]+/, '$1another')
    assert.deepEqual(names(now(), resources(shipped('kafka'), group)), [])
  })

  it('is none of a slot that is left empty, or that was', () => {
    const without = resources(changed('kafka', {}, { absent: ['kafka-2'] }))
    assert.deepEqual(names(now(), without), [])
    assert.deepEqual(names(without, now()), [])
    const after = resources(shipped('kafka'), text => text.replaceAll('"VolumeSize":20', '"VolumeSize":30'))
    assert.deepEqual(names(without, after), ['kafka-1', 'kafka-3', ...CONTROLLERS])
  })

  it('is refused with each slot, why, and what does it', () => {
    refuseReplacedSlots([], 'aftershock deploy')
    const one = { name: 'kafka-1', logicalId: 'x', because: 'LaunchTemplateData of t would change' }
    assert.throws(
      () =>
        refuseReplacedSlots(
          [one, { ...one, name: 'kafka-2' }],
          'aftershock deploy --environment kafka --yes',
        ),
      (error: unknown) => {
        assert.ok(error instanceof AftershockError)
        assert.equal(error.code, 'refused')
        assert.match(
          error.message,
          /nothing was changed: .*\n {2}kafka-1: LaunchTemplateData of t would change\n {2}kafka-2/,
        )
        assert.match(
          error.hint ?? '',
          /--yes --absent kafka-1,kafka-2\n {2}aftershock deploy --environment kafka --yes$/,
        )
        return true
      },
    )
  })

  it('is not judged by what is no template', () => {
    assert.throws(
      () => parseTemplate('Aftershock-kafka-Cluster', 'Resources:\n  A: B\n'),
      /is not JSON of the CDK/,
    )
  })
})
