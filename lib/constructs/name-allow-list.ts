import {
  CfnFirewallDomainList,
  CfnFirewallRuleGroup,
  CfnFirewallRuleGroupAssociation,
} from 'aws-cdk-lib/aws-route53resolver'
import type { IVpc } from 'aws-cdk-lib/aws-ec2'
import { Stack } from 'aws-cdk-lib'
import { Construct } from 'constructs'

export interface NameAllowListProps {
  readonly vpc: IVpc
  /** Of the nodes: `kafka.aftershock.internal`. */
  readonly zoneName: string
  /** A /16: addresses in it may be asked for their names. */
  readonly cidr: string
}

/**
 * The resolver of a network answers for the whole internet, and every question is a message to whoever owns the name: a
 * way out for a machine that has no other. Here it asks for what nodes need and for nothing else.
 */
export class NameAllowList extends Construct {
  constructor(scope: Construct, id: string, { vpc, zoneName, cidr }: NameAllowListProps) {
    super(scope, id)
    const { region } = Stack.of(this)
    const [first, second] = cidr.split('.')
    const allowed = new CfnFirewallDomainList(this, 'Allowed', {
      domains: [
        zoneName,
        `*.${zoneName}`,
        // Endpoints, buckets and the database, all of the region; the resolver itself follows them where they lead.
        `*.${region}.amazonaws.com`,
        // Where nodes say to CloudFormation that they serve, in the other spellings that S3 has for it.
        `cloudformation-waitcondition-${region}.s3.amazonaws.com`,
        `cloudformation-waitcondition-${region}.s3-${region}.amazonaws.com`,
        `*.${region}.compute.internal`,
        `*.${second}.${first}.in-addr.arpa`,
      ],
    })
    const everything = new CfnFirewallDomainList(this, 'Everything', { domains: ['*'] })
    const group = new CfnFirewallRuleGroup(this, 'Rules', {
      firewallRules: [
        {
          action: 'ALLOW',
          firewallDomainListId: allowed.attrId,
          priority: 100,
          firewallDomainRedirectionAction: 'TRUST_REDIRECTION_DOMAIN',
        },
        { action: 'BLOCK', blockResponse: 'NODATA', firewallDomainListId: everything.attrId, priority: 200 },
      ],
    })
    new CfnFirewallRuleGroupAssociation(this, 'InForce', {
      firewallRuleGroupId: group.attrId,
      vpcId: vpc.vpcId,
      priority: 101,
    })
  }
}
