"""The process holds SageMaker's model once: parsed it is most of what an idle controller needs."""

from controller.cloud.session import Place, Session
from controller.kinds.load import service_model


def test_clients_use_the_model_that_the_table_was_read_with() -> None:
    session = Session(connections=1, user_agent="test")
    clients = [session.client(Place(region)) for region in ("us-east-1", "cn-north-1")]
    for client in clients:
        assert client.meta.service_model._service_description is service_model()._service_description
    assert clients[1].meta.endpoint_url == "https://api.sagemaker.cn-north-1.amazonaws.com.cn"


def test_what_validates_requests_needs_no_documentation() -> None:
    described = service_model().operation_model("CreateTrainingJob")
    assert described.input_shape.required_members
    assert not described.documentation
