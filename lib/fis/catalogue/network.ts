import { action, onAny, onTargets } from '../action-definition.ts'
import { choice, duration, optional, text } from '../parameter.ts'

const OURS = { StringEquals: { 'ec2:ResourceTag/managedByFIS': 'true' } }
const MADE_AS_OURS = { StringEquals: { 'aws:RequestTag/managedByFIS': 'true' } }

/** Of networks. */
export const NETWORK_ACTIONS = {
  'aws:network:disrupt-connectivity': action({
    target: { key: 'Subnets', type: 'aws:ec2:subnet' },
    parameters: {
      duration: duration(),
      scope: choice('all', 'availability-zone', 'dynamodb', 'prefix-list', 's3', 's3express', 'vpc'),
      prefixListIdentifier: optional(text),
    },
    check: ({ scope, prefixListIdentifier }) => {
      if (scope === 'prefix-list')
        return prefixListIdentifier === undefined ? 'scope prefix-list needs a prefixListIdentifier' : null
      return prefixListIdentifier === undefined
        ? null
        : 'prefixListIdentifier belongs to scope prefix-list only'
    },
    // It clones the ACL of each subnet, adds its rules, and puts the original back. The statements are those of AWS's own
    // policy for it, but for the subnets: those of the target and no others.
    permissions: [
      onTargets('ec2:ReplaceNetworkAclAssociation'),
      {
        on: 'resources',
        actions: ['ec2:ReplaceNetworkAclAssociation'],
        resources: ['ec2:network-acl/*'],
      },
      {
        on: 'resources',
        actions: ['ec2:CreateTags'],
        resources: ['ec2:network-acl/*'],
        conditions: {
          StringEquals: { 'ec2:CreateAction': 'CreateNetworkAcl', 'aws:RequestTag/managedByFIS': 'true' },
        },
      },
      {
        on: 'resources',
        actions: ['ec2:CreateNetworkAcl'],
        resources: ['ec2:network-acl/*'],
        conditions: MADE_AS_OURS,
      },
      { on: 'resources', actions: ['ec2:CreateNetworkAcl'], resources: ['ec2:vpc/*'] },
      {
        on: 'resources',
        actions: ['ec2:CreateNetworkAclEntry', 'ec2:DeleteNetworkAcl'],
        resources: ['ec2:network-acl/*'],
        conditions: OURS,
      },
      {
        on: 'resources',
        actions: ['ec2:GetManagedPrefixListEntries'],
        resources: ['ec2:prefix-list/*'],
      },
      onAny(
        'ec2:DescribeManagedPrefixLists',
        'ec2:DescribeNetworkAcls',
        'ec2:DescribeSubnets',
        'ec2:DescribeVpcs',
      ),
    ],
  }),
  'aws:network:disrupt-vpc-endpoint': action({
    target: { key: 'VPCEndpoints', type: 'aws:ec2:vpc-endpoint' },
    parameters: { duration: duration() },
    permissions: [
      onTargets('ec2:ModifyVpcEndpoint'),
      {
        on: 'resources',
        actions: ['ec2:ModifyVpcEndpoint', 'ec2:CreateSecurityGroup'],
        resources: ['ec2:security-group/*'],
      },
      { on: 'resources', actions: ['ec2:CreateSecurityGroup'], resources: ['ec2:vpc/*'] },
      {
        on: 'resources',
        actions: ['ec2:DeleteSecurityGroup', 'ec2:RevokeSecurityGroupEgress'],
        resources: ['ec2:security-group/*'],
        conditions: OURS,
      },
      {
        on: 'resources',
        actions: ['ec2:CreateTags'],
        resources: ['ec2:security-group/*'],
        conditions: { StringEquals: { 'ec2:CreateAction': 'CreateSecurityGroup' } },
      },
      onAny('ec2:DescribeVpcEndpoints', 'ec2:DescribeSecurityGroups'),
    ],
  }),
  'aws:network:route-table-disrupt-cross-region-connectivity': action({
    target: { key: 'Subnets', type: 'aws:ec2:subnet' },
    parameters: { region: text, duration: duration() },
    // Route tables, endpoints and prefix lists that belong to the network and not to the template.
    permissions: null,
  }),
  'aws:network:transit-gateway-disrupt-cross-region-connectivity': action({
    target: { key: 'TransitGateways', type: 'aws:ec2:transit-gateway' },
    parameters: { region: text, duration: duration() },
    permissions: null,
  }),
} as const
