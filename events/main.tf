# Written by scripts/generate from the table of kinds; docs/events.md says how to use it.

variable "name" {
  type        = string
  default     = "sagemaker-operators-events"
  description = "Of the rule and the queue."
}

variable "event_bus_name" {
  type        = string
  default     = "default"
  description = "The bus that SageMaker's events come over; another one where regions or accounts are joined."
}

resource "aws_sqs_queue" "events" {
  name                      = var.name
  message_retention_seconds = 3600 # an older event tells nothing that a sweep has not found
  receive_wait_time_seconds = 20
  sqs_managed_sse_enabled   = true
}

resource "aws_cloudwatch_event_rule" "events" {
  name           = var.name
  description    = "SageMaker's changes of state, for the operators of one cluster"
  event_bus_name = var.event_bus_name
  event_pattern = jsonencode({
    source = ["aws.sagemaker"]
    detail-type = [
      "SageMaker Algorithm State Change",
      "SageMaker Endpoint State Change",
      "SageMaker Feature Group State Change",
      "SageMaker Ground Truth Labeling Job State Change",
      "SageMaker HyperParameter Tuning Job State Change",
      "SageMaker HyperPod Cluster State Change",
      "SageMaker Image State Change",
      "SageMaker Image Version State Change",
      "SageMaker Model Building Pipeline Execution Status Change",
      "SageMaker Model Card Export Job State Change",
      "SageMaker Model Card State Change",
      "SageMaker Model Package State Change",
      "SageMaker Monitoring Schedule State Change",
      "SageMaker Notebook Instance State Change",
      "SageMaker Processing Job State Change",
      "SageMaker Training Job State Change",
      "SageMaker Transform Job State Change",
    ]
  })
}

resource "aws_cloudwatch_event_target" "events" {
  rule           = aws_cloudwatch_event_rule.events.name
  event_bus_name = var.event_bus_name
  target_id      = "queue"
  arn            = aws_sqs_queue.events.arn
}

data "aws_iam_policy_document" "events" {
  statement {
    sid       = "OnlyFromTheRule"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.events.arn]
    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [aws_cloudwatch_event_rule.events.arn]
    }
  }
}

resource "aws_sqs_queue_policy" "events" {
  queue_url = aws_sqs_queue.events.id
  policy    = data.aws_iam_policy_document.events.json
}

output "queue_url" {
  value       = aws_sqs_queue.events.url
  description = "For events.queueURLs of the chart."
}

output "queue_arn" {
  value       = aws_sqs_queue.events.arn
  description = "For scripts/iam policy --events-queue."
}
