import { Tags, Validations } from 'aws-cdk-lib'
import { CfnNetworkAcl, CfnNetworkAclEntry, type IVpc } from 'aws-cdk-lib/aws-ec2'
import { Construct } from 'constructs'

/** What of a zone stays within reach when it is cut: nothing but itself and the management subnets, or S3 besides. */
export const CUTS = ['cut', 'cut-keep-s3'] as const
export type Cut = (typeof CUTS)[number]

/** By which tags whoever cuts a zone finds the network ACL for it, and the subnets to put under it. */
export const CUT_TAGS = { zone: 'zone', cut: 'cut', tier: 'tier' } as const

export interface ZoneCutProps {
  readonly vpc: IVpc
  /** The whole network. */
  readonly cidr: string
  /** The name that drills use: `az-a`. */
  readonly zone: string
  /** The zone's own subnets. */
  readonly own: readonly string[]
  /** Of all zones: the endpoints' names have addresses in any of them. */
  readonly management: readonly string[]
}

/**
 * Two network ACLs that cut a zone off, made beforehand: to cut is to put the zone's subnets of brokers and clients under
 * one of them, to heal is to put them under the default one again, which needs no memory of how it was. Nothing is made or
 * deleted while a drill runs. docs/adr/0020 says what an ACL does not filter.
 */
export class ZoneCut extends Construct {
  readonly acls: Readonly<Record<Cut, CfnNetworkAcl>>

  constructor(scope: Construct, id: string, props: ZoneCutProps) {
    super(scope, id)
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-VPC3',
      reason:
        'These ACLs keep nobody out: they are a fault, in force only while a drill has it, and security groups are the rules.',
    })
    const inside = [...props.own, ...props.management]
    this.acls = {
      cut: this.#acl('cut', props, allowing(inside)),
      // An ACL cannot name the addresses of S3. Nothing else outside of the network has a route where there is no NAT.
      'cut-keep-s3': this.#acl('cut-keep-s3', props, [
        ...allowing(inside),
        { cidr: props.cidr, action: 'deny' },
        { cidr: '0.0.0.0/0', action: 'allow' },
      ]),
    }
  }

  #acl(cut: Cut, { vpc, zone }: ZoneCutProps, rules: readonly Rule[]): CfnNetworkAcl {
    const acl = new CfnNetworkAcl(this, cut, { vpcId: vpc.vpcId })
    Tags.of(acl).add('Name', `${zone} ${cut}`)
    Tags.of(acl).add(CUT_TAGS.zone, zone)
    Tags.of(acl).add(CUT_TAGS.cut, cut)
    for (const egress of [false, true])
      for (const [index, { cidr, action }] of rules.entries())
        new CfnNetworkAclEntry(this, `${cut}-${egress ? 'out' : 'in'}-${index}`, {
          networkAclId: acl.attrId,
          ruleNumber: 100 + 10 * index,
          cidrBlock: cidr,
          ruleAction: action,
          protocol: -1,
          egress,
        })
    return acl
  }
}

interface Rule {
  readonly cidr: string
  readonly action: 'allow' | 'deny'
}

const allowing = (cidrs: readonly string[]): Rule[] => cidrs.map(cidr => ({ cidr, action: 'allow' }))
