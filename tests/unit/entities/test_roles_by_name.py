"""Roles by names: of demonstration shops, of common products, and of words that only look alike."""

from __future__ import annotations

import pytest

from labo.domain.entities.components import guess_role

NAMES = {
    "service": """
        rewards dashboards cards-api records orders melbourne scoreboards forwards standards
        awards boards wards-service elbow-room shoulders users3 sqlalchemy-demo nosql1x consnsus
        cacheless unqueued alambdar datadog gatewayless redistribution redistributor kafkaesque
        mongolia-shop lambdas
        accounting ad cart checkout currency email flagd flagd-ui fraud-detection frontend
        frontend-web image-provider llm load-generator payment product-catalog product-reviews
        quote recommendation shipping grafana jaeger otel-collector prometheus
        adservice cartservice checkoutservice currencyservice emailservice loadgenerator
        paymentservice productcatalogservice recommendationservice shippingservice
        shoppingassistantservice
        front-end edge-router catalogue carts user queue-master PetSite PetSearch_AWS::ECS::Fargate
        kafka-exporter redis-exporter postgres-exporter-0 mysql-backup kafka-ui mongo-express
        redis-commander kafka-connect database-migrator cache-invalidator queue-worker
        order-consumer unknown_service 10.0.0.7
        goldberg feedback handbook leaderboard onboarding sandbox broadband redistricting mongoose
        shelby albums albert stockbroker restore bookstore keywords-api dominion upgrade knowledge
        oracle-price-feed s3-uploader kafka-rest kafka-streams sqs-handler redis-manager pgadmin
        rabbits cartography web
    """,
    "database": """
        catalogue-db carts-db orders-db user-db session-db orders-db.prod.svc.cluster.local
        postgresql postgres mysql mariadb-0 mongodb mongo sqlserver oracle-primary cassandra-2
        opensearch elasticsearch clickhouse orders-postgresql-primary-0 pg-database database-1
        DynamoDB_AWS::DynamoDB petInfo_AWS::DynamoDB::Table OrdersDB mysql8 db1
        users-db orders_db scylla cockroach pg-main mssql tidb rds-orders cosmosdb
        adoptions@services-database.us-west-2.rds.amazonaws.com_Database::SQL
    """,
    "cache": """
        redis redis-cart valkey-cart memcached-0 session-cache redis-master-0 cache elasticache
        varnish keydb sessionCache cache01 cache-cluster-1 redis-cluster
    """,
    "queue": """
        kafka rabbitmq kafka1 kafka-broker-2 nats pulsar order-queue shipping_queue sqs sns
        https://sqs.us-west-2.amazonaws.com/Services-sqspetadoption_AWS::SQS::Queue ActiveMQ
    """,
    "function": "lambda_step_readDDB lambdastatusupdater_AWS::Lambda::Function",
    "gateway": """
        api-gateway gateway gateway-service PaymentGateway apigateway elb haproxy-1 envoy
        ingress-nginx-controller nginx-ingress-controller istio-ingressgateway load-balancer api-gw
        web-lb PetAdoptionStatusUpdater/prod_AWS::ApiGateway::Stage ingress
    """,
    "storage": "S3_AWS::S3 s3 minio-0 uploads-bucket",
    "external": "www.amazon.com_remote servi-petsi.us-west-2.elb.amazonaws.com_remote",
    "client": "PetSearch_client",
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "role"), [(name, role) for role, names in NAMES.items() for name in names.split()]
)
def test_a_role_needs_a_whole_word(name: str, role: str) -> None:
    """A part of a word says nothing; the product's word does wherever it stands, a general one
    where the name ends."""
    assert guess_role(name) == role


def test_an_alert_that_stands_for_a_component_suggests_no_role() -> None:
    """Its words are about what happened, not about what it is."""
    assert guess_role("alertmanager: KafkaLag topic=orders") == "service"
