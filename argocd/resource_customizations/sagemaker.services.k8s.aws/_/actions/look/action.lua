-- any change of an annotation has the controller look at SageMaker, and try again what is held up
local os = require("os")
if obj.metadata.annotations == nil then
  obj.metadata.annotations = {}
end
obj.metadata.annotations["sagemaker.services.k8s.aws/look"] = os.date("!%Y-%m-%dT%XZ")
return obj
