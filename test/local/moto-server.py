"""moto's server with the kinds of resources that its CloudFormation skips in silence.

moto has the APIs behind these kinds, so each resource here is one call of that API, over HTTP to this same
server: botocore checks the template's properties as it checks anybody's parameters.
"""

import json
import os
import re
import sys

import boto3
from botocore.validate import ParamValidator
from moto.cloudformation import parsing
from moto.cloudformation.models import CloudFormationBackend
from moto.core.common_models import CloudFormationModel
from moto.ec2.exceptions import InvalidAssociationIdError
from moto.ec2.models.network_acls import NetworkAclBackend
from moto.server import main
from moto.servicequotas.models import ServiceQuotasBackend
from moto.ssm.models import Parameter


def client(service, region):
    return boto3.client(
        service, region_name=region, endpoint_url=os.environ["AFTERSHOCK_MOTO"]
    )


class Taught:
    """A resource that is created and deleted by one API call each. `physical_resource_id` is its `Ref`."""

    kind = ""

    def __init__(self, identity, attributes, properties):
        self.physical_resource_id = identity
        self.attributes = attributes
        self.properties = properties

    @classmethod
    def cloudformation_type(cls):
        return cls.kind

    @staticmethod
    def cloudformation_name_type():
        return ""

    @classmethod
    def has_cfn_attr(cls, attr):
        return attr in ("Arn", "Id")

    def get_cfn_attribute(self, name):
        return self.attributes[name]

    @classmethod
    def create_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name, **_):
        properties = cloudformation_json.get("Properties", {})
        identity, attributes = cls.create(resource_name, properties, account_id, region_name)
        return cls(identity, attributes, properties)

    def delete(self, account_id, region_name):
        self.remove(self.physical_resource_id, self.properties, region_name)

    def is_created(self):
        return True


def numbers(properties, *names):
    """CloudFormation takes numbers as text; the API does not."""
    return {**properties, **{name: float(properties[name]) for name in names if name in properties}}


class Alarm(Taught):
    kind = "AWS::CloudWatch::Alarm"

    @classmethod
    def create(cls, name, properties, account, region):
        name = properties.get("AlarmName", name)
        client("cloudwatch", region).put_metric_alarm(**{**numbers(properties, "Threshold"), "AlarmName": name})
        return name, {"Arn": f"arn:aws:cloudwatch:{region}:{account}:alarm:{name}"}

    @classmethod
    def remove(cls, identity, properties, region):
        client("cloudwatch", region).delete_alarms(AlarmNames=[identity])


class CompositeAlarm(Taught):
    """moto has no such API: its parameters are checked, and all that exists afterwards is a name to refer to."""

    kind = "AWS::CloudWatch::CompositeAlarm"

    @classmethod
    def create(cls, name, properties, account, region):
        name = properties.get("AlarmName", name)
        operation = client("cloudwatch", region).meta.service_model.operation_model("PutCompositeAlarm")
        report = ParamValidator().validate({**properties, "AlarmName": name}, operation.input_shape)
        if report.has_errors():
            raise ValueError(report.generate_report())
        return name, {"Arn": f"arn:aws:cloudwatch:{region}:{account}:alarm:{name}"}

    @classmethod
    def remove(cls, identity, properties, region):
        """Nothing is there."""


class BucketPolicy(Taught):
    """Put and taken away again: moto applies a policy without its conditions, and ours deny what is not TLS."""

    kind = "AWS::S3::BucketPolicy"

    @classmethod
    def create(cls, name, properties, account, region):
        bucket = properties["Bucket"]
        client("s3", region).put_bucket_policy(Bucket=bucket, Policy=json.dumps(properties["PolicyDocument"]))
        client("s3", region).delete_bucket_policy(Bucket=bucket)
        return bucket, {}

    @classmethod
    def remove(cls, identity, properties, region):
        """It is gone already."""


class NamedOnly(Taught):
    """moto has no such API: its parameters are checked, and all that exists afterwards is a name to refer to."""

    service = ""
    operation = ""

    @classmethod
    def parameters(cls, name, properties):
        return properties

    @classmethod
    def create(cls, name, properties, account, region):
        operation = client(cls.service, region).meta.service_model.operation_model(cls.operation)
        report = ParamValidator().validate(cls.parameters(name, properties), operation.input_shape)
        if report.has_errors():
            raise ValueError(report.generate_report())
        return name, {"Arn": f"arn:aws:{cls.service}:{region}:{account}:{name}", "Id": name}

    @classmethod
    def remove(cls, identity, properties, region):
        """Nothing is there."""


def listed(tags):
    return [{"Key": tag["Key"], "Value": tag["Value"]} for tag in tags]


class FirewallDomainList(NamedOnly):
    """CloudFormation makes the list and puts names into it: two calls."""

    kind = "AWS::Route53Resolver::FirewallDomainList"
    service = "route53resolver"
    operation = "UpdateFirewallDomains"

    @classmethod
    def parameters(cls, name, properties):
        return {"FirewallDomainListId": name, "Operation": "REPLACE", "Domains": properties["Domains"]}


class FirewallRuleGroup(NamedOnly):
    kind = "AWS::Route53Resolver::FirewallRuleGroup"
    service = "route53resolver"
    operation = "CreateFirewallRule"

    @classmethod
    def create(cls, name, properties, account, region):
        known = super().create
        for index, rule in enumerate(properties["FirewallRules"]):
            rule = {**rule, "Priority": int(rule["Priority"]), "Name": f"{name}-{index}"}
            made = known(name, {**rule, "FirewallRuleGroupId": name, "CreatorRequestId": name}, account, region)
        return made


class FirewallRuleGroupAssociation(NamedOnly):
    kind = "AWS::Route53Resolver::FirewallRuleGroupAssociation"
    service = "route53resolver"
    operation = "AssociateFirewallRuleGroup"

    @classmethod
    def parameters(cls, name, properties):
        numbered = {**properties, "Priority": int(properties["Priority"]), "Name": name}
        return {**numbered, "Tags": listed(properties.get("Tags", [])), "CreatorRequestId": name}


class NetworkAcl(Taught):
    kind = "AWS::EC2::NetworkAcl"

    @classmethod
    def create(cls, name, properties, account, region):
        tags = [{"ResourceType": "network-acl", "Tags": listed(properties["Tags"])}]
        made = client("ec2", region).create_network_acl(VpcId=properties["VpcId"], TagSpecifications=tags)
        acl = made["NetworkAcl"]["NetworkAclId"]
        return acl, {"Id": acl}

    @classmethod
    def remove(cls, identity, properties, region):
        client("ec2", region).delete_network_acl(NetworkAclId=identity)


class NetworkAclEntry(Taught):
    kind = "AWS::EC2::NetworkAclEntry"

    @classmethod
    def create(cls, name, properties, account, region):
        rule = cls.rule(properties)
        more = {key: properties[key] for key in ("CidrBlock", "RuleAction")}
        client("ec2", region).create_network_acl_entry(**rule, **more, Protocol=str(properties["Protocol"]))
        return f"{rule['NetworkAclId']}|{rule['RuleNumber']}|{rule['Egress']}", {}

    @classmethod
    def remove(cls, identity, properties, region):
        client("ec2", region).delete_network_acl_entry(**cls.rule(properties))

    @staticmethod
    def rule(properties):
        egress = str(properties.get("Egress", False)).lower() == "true"
        return {"NetworkAclId": properties["NetworkAclId"], "RuleNumber": int(properties["RuleNumber"]), "Egress": egress}


class SecurityGroupEgress(Taught):
    kind = "AWS::EC2::SecurityGroupEgress"

    @classmethod
    def create(cls, name, properties, account, region):
        answer = client("ec2", region).authorize_security_group_egress(
            GroupId=properties["GroupId"], IpPermissions=[cls.permission(properties)]
        )
        rule = answer["SecurityGroupRules"][0]["SecurityGroupRuleId"]
        return rule, {"Id": rule}

    @classmethod
    def remove(cls, identity, properties, region):
        client("ec2", region).revoke_security_group_egress(
            GroupId=properties["GroupId"], IpPermissions=[cls.permission(properties)]
        )

    @staticmethod
    def permission(properties):
        description = {"Description": properties["Description"]} if "Description" in properties else {}
        peers = {
            "CidrIp": ("IpRanges", "CidrIp"),
            "DestinationSecurityGroupId": ("UserIdGroupPairs", "GroupId"),
            "DestinationPrefixListId": ("PrefixListIds", "PrefixListId"),
        }
        permission = {"IpProtocol": str(properties["IpProtocol"])}
        for port in ("FromPort", "ToPort"):
            if port in properties:
                permission[port] = int(properties[port])
        for source, (target, key) in peers.items():
            if source in properties:
                permission[target] = [{key: properties[source], **description}]
        return permission


class Secret(Taught):
    kind = "AWS::SecretsManager::Secret"

    @classmethod
    def create(cls, name, properties, account, region):
        secrets = client("secretsmanager", region)
        own = {key: properties[key] for key in ("Description", "Tags", "KmsKeyId") if key in properties}
        text = properties.get("SecretString") or cls.generate(secrets, dict(properties["GenerateSecretString"]))
        arn = secrets.create_secret(Name=properties.get("Name", name), SecretString=text, **own)["ARN"]
        return arn, {"Id": arn, "Arn": arn}

    @staticmethod
    def generate(secrets, wish):
        template, key = wish.pop("SecretStringTemplate", None), wish.pop("GenerateStringKey", None)
        wish = {name: value == "true" if value in ("true", "false") else value for name, value in wish.items()}
        if "PasswordLength" in wish:
            wish["PasswordLength"] = int(wish["PasswordLength"])
        password = secrets.get_random_password(**wish)["RandomPassword"]
        return password if template is None else json.dumps({**json.loads(template), key: password})

    @classmethod
    def remove(cls, identity, properties, region):
        client("secretsmanager", region).delete_secret(SecretId=identity, ForceDeleteWithoutRecovery=True)


class SecretTargetAttachment(Taught):
    """Writes into the secret where its database is."""

    kind = "AWS::SecretsManager::SecretTargetAttachment"

    @classmethod
    def create(cls, name, properties, account, region):
        secret, target = properties["SecretId"], properties["TargetId"]
        database = client("rds", region).describe_db_instances(DBInstanceIdentifier=target)["DBInstances"][0]
        secrets = client("secretsmanager", region)
        content = json.loads(secrets.get_secret_value(SecretId=secret)["SecretString"])
        content |= {"engine": database["Engine"], "dbInstanceIdentifier": target}
        content |= {"host": database["Endpoint"]["Address"], "port": database["Endpoint"]["Port"]}
        secrets.put_secret_value(SecretId=secret, SecretString=json.dumps(content))
        return secret, {}

    @classmethod
    def remove(cls, identity, properties, region):
        """The secret goes by itself."""


class Instance(Taught):
    """moto has the kind, but knows no launch template there; its RunInstances does."""

    kind = "AWS::EC2::Instance"

    @classmethod
    def create(cls, name, properties, account, region):
        template = {key: str(value) for key, value in properties["LaunchTemplate"].items()}
        interfaces = [{**interface, "DeviceIndex": int(interface["DeviceIndex"])} for interface in properties["NetworkInterfaces"]]
        answer = client("ec2", region).run_instances(
            MinCount=1,
            MaxCount=1,
            LaunchTemplate=template,
            InstanceType=properties["InstanceType"],
            NetworkInterfaces=interfaces,
            TagSpecifications=[{"ResourceType": "instance", "Tags": properties["Tags"]}],
        )
        return answer["Instances"][0]["InstanceId"], {}

    @classmethod
    def remove(cls, identity, properties, region):
        client("ec2", region).terminate_instances(InstanceIds=[identity])


class AutoDeleteObjects(Taught):
    """Does what the function behind this kind does when a stack is deleted: moto would need containers to run it."""

    kind = "Custom::S3AutoDeleteObjects"

    @classmethod
    def create(cls, name, properties, account, region):
        return name, {}

    @classmethod
    def remove(cls, identity, properties, region):
        bucket = boto3.resource("s3", region_name=region, endpoint_url=os.environ["AFTERSHOCK_MOTO"]).Bucket(properties["BucketName"])
        bucket.object_versions.delete()


class WaitConditionHandle(Taught):
    """An address; no machine boots here that could write to it."""

    kind = "AWS::CloudFormation::WaitConditionHandle"

    @classmethod
    def create(cls, name, properties, account, region):
        return f"https://cloudformation-waitcondition-{region}.s3.{region}.amazonaws.com/{name}?signed", {}

    @classmethod
    def remove(cls, identity, properties, region):
        """Nothing is there."""


class WaitCondition(Taught):
    """Over at once, for the same reason."""

    kind = "AWS::CloudFormation::WaitCondition"

    @classmethod
    def create(cls, name, properties, account, region):
        if not properties["Handle"].startswith("https://"):
            raise ValueError(f"{name} waits for {properties['Handle']}")
        return name, {}

    @classmethod
    def remove(cls, identity, properties, region):
        """Nothing is there."""


class Schedule(Taught):
    """Kept, and started by nobody: moto has no clock for it."""

    kind = "AWS::Scheduler::Schedule"

    @classmethod
    def create(cls, name, properties, account, region):
        name = properties.get("Name", name)
        target = dict(properties["Target"])
        if "RetryPolicy" in target:
            target["RetryPolicy"] = {key: int(value) for key, value in target["RetryPolicy"].items()}
        client("scheduler", region).create_schedule(**{**properties, "Name": name, "Target": target})
        return name, {"Arn": f"arn:aws:scheduler:{region}:{account}:schedule/default/{name}"}

    @classmethod
    def remove(cls, identity, properties, region):
        client("scheduler", region).delete_schedule(Name=identity)


KINDS = [Alarm, CompositeAlarm, BucketPolicy, SecurityGroupEgress, Secret, SecretTargetAttachment, Instance]
KINDS += [AutoDeleteObjects, NetworkAcl, NetworkAclEntry]
KINDS += [WaitConditionHandle, WaitCondition, FirewallDomainList, FirewallRuleGroup, FirewallRuleGroupAssociation]
KINDS += [Schedule]


def model(kind):
    """moto looks for its kinds among the direct subclasses of its model, and for a service in a module's name."""
    return type(kind.__name__, (kind, CloudFormationModel), {"__module__": "moto.cloudformation.taught"})


MODELS = {kind.kind: model(kind) for kind in KINDS}
parsing.CustomModel = MODELS[AutoDeleteObjects.kind]
# Kinds that moto passes over on purpose, whoever knows them.
parsing.NULL_MODELS = [kind for kind in parsing.NULL_MODELS if kind not in MODELS]

# Kinds that moto creates and never deletes: each is one call of its own API, but for interfaces, which its API
# does not let go even when their instance is gone.
DELETES = {
    "AWS::EC2::Volume": lambda ec2, volume: ec2.delete_volume(VolumeId=volume.id),
    "AWS::EC2::VPCEndpoint": lambda ec2, endpoint: ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint.id]),
    "AWS::EC2::NetworkInterface": lambda _, interface: interface.ec2_backend.enis.pop(interface.id),
    "AWS::Route53::HostedZone": lambda route53, zone: route53.delete_hosted_zone(Id=zone.physical_resource_id),
    "AWS::EC2::RouteTable": lambda ec2, table: delete_route_table(ec2, table.id),
}


def delete_route_table(ec2, table):
    """With its associations, which moto keeps after their stack has let them go."""
    found = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]
    for association in found["Associations"]:
        ec2.disassociate_route_table(AssociationId=association["RouteTableAssociationId"])
    ec2.delete_route_table(RouteTableId=table)


def teach_to_delete(kind, call):
    def delete(self, account_id, region_name):
        call(client(kind.split("::")[1].lower(), region_name), self)

    parsing.get_model_map()[kind].delete = delete


def delete_in_reverse(resources):
    """In the reverse order of creation, as CloudFormation does; moto's own order is that of a set."""
    for name, resource in reversed(list(resources._parsed_resources.items())):
        template = resources._resource_json_map.get(name)
        if resource is None or template is None or template.get("DeletionPolicy") == "Retain":
            continue
        resources._delete_resource(resource, template)


parsing.ResourceMap.delete = delete_in_reverse


def with_listed_tags(create):
    """CloudFormation has the tags of a parameter as a map; moto expects the list of the API."""

    def created(cls, resource_name, cloudformation_json, *args, **more):
        properties = dict(cloudformation_json["Properties"])
        properties["Tags"] = [{"Key": key, "Value": value} for key, value in properties.get("Tags", {}).items()]
        return create.__func__(cls, resource_name, {**cloudformation_json, "Properties": properties}, *args, **more)

    return classmethod(created)


Parameter.create_from_cloudformation_json = with_listed_tags(Parameter.create_from_cloudformation_json)

def failing_as_named(delete):
    """Stacks of moto always go. Those named `Fails-2-times` do not, twice, as AWS leaves a stack that it could not delete."""
    tries = {}

    def deleted(self, name_or_stack_id):
        found = next((s for s in self.stacks.values() if name_or_stack_id in (s.name, s.stack_id)), None)
        wanted = re.fullmatch(r"Fails-(\d+)-times", found.name) if found else None
        if wanted is None or tries.get(found.stack_id, 0) >= int(wanted[1]):
            return delete(self, name_or_stack_id)
        tries[found.stack_id] = tries.get(found.stack_id, 0) + 1
        found.status = "DELETE_FAILED"
        return None

    return deleted


CloudFormationBackend.delete_stack = failing_as_named(CloudFormationBackend.delete_stack)

def with_stale_associations(replace):
    """EC2 has a name for an association that was replaced meanwhile; moto falls over it."""

    def replaced(self, association_id, acl_id):
        known = [acl for acl in self.network_acls.values() if association_id in acl._associations]
        if not known:
            raise InvalidAssociationIdError(association_id)
        return replace(self, association_id, acl_id)

    return replaced


NetworkAclBackend.replace_network_acl_association = with_stale_associations(
    NetworkAclBackend.replace_network_acl_association
)

TAGGED_BY_EC2 = re.compile(r"^(vpc|subnet|rtb|vpce|acl|sg|eni|vol|i|lt)-[0-9a-f]+$")


def remembering(update):
    """A resource that is updated is compared with what it was made of."""

    def updated(self, template, parameters=None):
        self.made_of = dict(self._resource_json_map)
        return update(self, template, parameters)

    return updated


def without_tags(template):
    return {**template, "Properties": {k: v for k, v in template.get("Properties", {}).items() if k != "Tags"}}


def as_cloudformation_does(update):
    """
    moto makes most kinds anew, or forgets them, whatever has changed. CloudFormation gives a resource other tags and
    leaves it as it is, but for parameters: the published handler of their kind always puts the value of the template first.
    """

    def updated(logical_id, resource_json, resources_map, account_id, region_name):
        there = resources_map[logical_id]
        kind = resource_json["Type"]
        same = without_tags(resources_map.made_of.get(logical_id, {})) == without_tags(resource_json)
        if there is None or kind == "AWS::SSM::Parameter" or not (same or forgets(kind)):
            return update(logical_id, resource_json, resources_map, account_id, region_name)
        tags = resource_json.get("Properties", {}).get("Tags", [])
        if kind.startswith("AWS::EC2::") and tags and TAGGED_BY_EC2.match(there.physical_resource_id):
            client("ec2", region_name).create_tags(Resources=[there.physical_resource_id], Tags=listed(tags))
        return there

    return updated


def forgets(kind):
    """Whether moto's own update of it would leave nothing."""
    model = parsing.get_model_map().get(kind) or MODELS.get(kind)
    return model is None or hasattr(model.update_from_cloudformation_json, "__isabstractmethod__")


def with_defaults(resolve):
    """The value of before is that of the template's default where nobody ever gave one: moto does not find that."""

    def resolved(self, instance, incoming_params):
        known = [one for one in incoming_params if "ParameterValue" in one or one["ParameterKey"] in instance.parameters]
        return resolve(self, instance, known)

    return resolved


CloudFormationBackend._resolve_update_parameters = with_defaults(CloudFormationBackend._resolve_update_parameters)
parsing.ResourceMap.update = remembering(parsing.ResourceMap.update)
parsing.parse_and_update_resource = as_cloudformation_does(parsing.parse_and_update_resource)

# Of EC2 moto knows no quota. One environment fits into this one, and not every test account's worth of them.
VCPUS = {"ServiceCode": "ec2", "ServiceName": "Amazon Elastic Compute Cloud (Amazon EC2)", "QuotaCode": "L-1216C47A"}
VCPUS |= {"QuotaName": "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances", "Value": 64.0, "Unit": "None"}


def with_vcpus(get):
    def quota(self, service_code, quota_code):
        is_meant = (service_code, quota_code) == (VCPUS["ServiceCode"], VCPUS["QuotaCode"])
        return VCPUS if is_meant else get(self, service_code, quota_code)

    return quota


ServiceQuotasBackend.get_service_quota = with_vcpus(ServiceQuotasBackend.get_service_quota)

if __name__ == "__main__":
    host, port = sys.argv[1:]
    os.environ["AFTERSHOCK_MOTO"] = f"http://{host}:{port}"
    for kind, call in DELETES.items():
        teach_to_delete(kind, call)
    main(["-H", host, "-p", port])
