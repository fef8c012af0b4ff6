if obj.metadata.annotations == nil then
  obj.metadata.annotations = {}
end
obj.metadata.annotations["sagemaker.services.k8s.aws/deletion-protection"] = "true"
return obj
