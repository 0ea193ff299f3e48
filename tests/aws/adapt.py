"""Makes of the packaged template what the emulator can deploy.

Everything that is changed stands here, and docs/aws.md lists it: whoever reads the proof must know
what it is a proof of.
"""

import json

from emulator import REGION
from samtranslator.translator.managed_policy_translator import ManagedPolicyLoader
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

# The bus takes no `aws.*` event from outside, here as on AWS, and the emulator's SES publishes
# none, and it has no GuardDuty. So what they would publish comes under these sources.
MAIL_SOURCE = "test.ses"
SCAN_SOURCE = "test.guardduty"
STAND_INS = {"aws.ses": MAIL_SOURCE, "aws.guardduty": SCAN_SOURCE}

# Conditions that the emulator's IAM does not know and would take for unmet.
UNKNOWN_CONDITIONS = {"dynamodb:LeadingKeys", "dynamodb:EnclosingOperation", "ses:FromAddress"}

# Refusals that hang on such a condition, or on TLS: the emulator is reached over loopback.
UNKNOWN_REFUSALS = {"TlsOnly", "WriteOnce"}


class NoManagedPolicies(ManagedPolicyLoader):
    """The template names no policy of AWS's own; the loader would ask IAM for them."""

    def __init__(self):
        super().__init__(None)

    def load(self):
        return {}


def adapt(text, parameters):
    """The template in plain CloudFormation, as JSON."""
    template = yaml_parse(text)
    values = {name: each["Default"] for name, each in template["Parameters"].items() if "Default" in each}
    values |= {"AWS::Region": REGION, **parameters}
    plain = transform(template, values, NoManagedPolicies())
    # What is asserted about parameters, CloudFormation asserts; the emulator does not know it.
    plain.pop("Rules", None)
    plain = spell_out(plain)
    for name, resource in list(plain["Resources"].items()):
        properties = resource.get("Properties", {})
        match resource["Type"]:
            case "AWS::ApiGatewayV2::Api":
                spread_api(plain["Resources"], name, properties)
            case "AWS::CloudWatch::Alarm" if "Metrics" in properties:
                # The emulator has no metric math.
                del plain["Resources"][name]
            case "AWS::GuardDuty::MalwareProtectionPlan":
                del plain["Resources"][name]
            case "AWS::Events::Rule":
                sources = properties.get("EventPattern", {}).get("source", [])
                sources += [STAND_INS[source] for source in sources if source in STAND_INS]
            case "AWS::S3::BucketPolicy" | "AWS::SQS::QueuePolicy":
                document = properties["PolicyDocument"]
                document["Statement"] = [
                    one for one in document["Statement"] if one.get("Sid") not in UNKNOWN_REFUSALS
                ]
            case "AWS::IAM::Role" | "AWS::IAM::Policy":
                for policy in properties.get("Policies", [properties]):
                    for statement in policy.get("PolicyDocument", {}).get("Statement", []):
                        forget_unknown_conditions(statement)
                        if statement.get("Action") == "ses:SendEmail":
                            # The emulator asks whether mail may be sent, not by which identity.
                            statement["Resource"] = "*"
    return json.dumps(plain, indent=1)


def spell_out(part):
    """The attribute that the emulator does not have, by what it is made of."""
    if isinstance(part, list):
        return [spell_out(each) for each in part]
    if not isinstance(part, dict):
        return part
    match part.get("Fn::GetAtt"):
        case [pool, "ProviderURL"]:
            return {"Fn::Sub": f"https://cognito-idp.${{AWS::Region}}.amazonaws.com/${{{pool}}}"}
    return {key: spell_out(each) for key, each in part.items()}


def forget_unknown_conditions(statement):
    conditions = statement.get("Condition")
    if not conditions:
        return
    for operator, keys in list(conditions.items()):
        for key in UNKNOWN_CONDITIONS & keys.keys():
            del keys[key]
        if not keys:
            del conditions[operator]
    if not conditions:
        del statement["Condition"]


def spread_api(resources, name, api):
    """Routes, integrations and authorizers instead of the OpenAPI body that SAM writes."""
    body = api.pop("Body")
    api.pop("FailOnWarnings", None)
    api["Name"] = {"Ref": "AWS::StackName"}
    api["ProtocolType"] = "HTTP"
    if cors := body.get("x-amazon-apigateway-cors"):
        api["CorsConfiguration"] = cors  # the emulator keeps the keys as the API spells them
    of_api = {"ApiId": {"Ref": name}}

    authorizers = {}
    for scheme, said in body["components"]["securitySchemes"].items():
        said = said["x-amazon-apigateway-authorizer"]
        authorizers[scheme] = f"{name}Authorizer{scheme}"
        jwt = said["jwtConfiguration"]
        resources[authorizers[scheme]] = {
            "Type": "AWS::ApiGatewayV2::Authorizer",
            "Properties": {
                **of_api,
                "Name": scheme,
                "AuthorizerType": "JWT",
                "IdentitySource": [said["identitySource"]],
                "JwtConfiguration": {"Issuer": jwt["issuer"], "Audience": jwt["audience"]},
            },
        }

    integrations = {}
    routes = [(path, method, route) for path, methods in body["paths"].items() for method, route in methods.items()]
    for number, (path, method, route) in enumerate(routes):
        uri = route["x-amazon-apigateway-integration"]["uri"]
        integration = integrations.setdefault(json.dumps(uri, sort_keys=True), f"{name}Integration{len(integrations)}")
        resources[integration] = {
            "Type": "AWS::ApiGatewayV2::Integration",
            "Properties": {
                **of_api,
                "IntegrationType": "AWS_PROXY",
                "IntegrationUri": uri,
                "PayloadFormatVersion": "2.0",
            },
        }
        asked = {
            **of_api,
            "RouteKey": f"{method.upper()} {path}",
            "Target": {"Fn::Sub": ["integrations/${Of}", {"Of": {"Ref": integration}}]},
        }
        for security in route.get("security", []):
            for scheme, scopes in security.items():
                if scheme in authorizers:
                    asked["AuthorizationType"] = "JWT"
                    asked["AuthorizerId"] = {"Ref": authorizers[scheme]}
                    asked["AuthorizationScopes"] = scopes
        resources[f"{name}Route{number}"] = {"Type": "AWS::ApiGatewayV2::Route", "Properties": asked}
