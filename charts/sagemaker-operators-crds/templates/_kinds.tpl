{{- /* Written by scripts/generate from the table of kinds: the resource of each kind. */ -}}
{{- define "crds.plurals" -}}
{
  "AIBenchmarkJob": "aibenchmarkjobs",
  "AIRecommendationJob": "airecommendationjobs",
  "AIWorkloadConfig": "aiworkloadconfigs",
  "Action": "actions",
  "Algorithm": "algorithms",
  "App": "apps",
  "AppImageConfig": "appimageconfigs",
  "Artifact": "artifacts",
  "AutoMLJob": "automljobs",
  "AutoMLJobV2": "automljobv2s",
  "Cluster": "clusters",
  "ClusterExtension": "clusterextensions",
  "ClusterSchedulerConfig": "clusterschedulerconfigs",
  "CodeRepository": "coderepositories",
  "CompilationJob": "compilationjobs",
  "ComputeQuota": "computequotas",
  "Context": "contexts",
  "DataQualityJobDefinition": "dataqualityjobdefinitions",
  "DeviceFleet": "devicefleets",
  "Domain": "domains",
  "EdgeDeploymentPlan": "edgedeploymentplans",
  "EdgePackagingJob": "edgepackagingjobs",
  "Endpoint": "endpoints",
  "EndpointConfig": "endpointconfigs",
  "Experiment": "experiments",
  "FeatureGroup": "featuregroups",
  "FlowDefinition": "flowdefinitions",
  "Hub": "hubs",
  "HumanTaskUi": "humantaskuis",
  "HyperParameterTuningJob": "hyperparametertuningjobs",
  "Image": "images",
  "ImageVersion": "imageversions",
  "InferenceComponent": "inferencecomponents",
  "InferenceExperiment": "inferenceexperiments",
  "InferenceRecommendationsJob": "inferencerecommendationsjobs",
  "InferenceRouter": "inferencerouters",
  "Job": "jobs",
  "LabelingJob": "labelingjobs",
  "MlflowApp": "mlflowapps",
  "MlflowTrackingServer": "mlflowtrackingservers",
  "Model": "models",
  "ModelBiasJobDefinition": "modelbiasjobdefinitions",
  "ModelCard": "modelcards",
  "ModelCardExportJob": "modelcardexportjobs",
  "ModelExplainabilityJobDefinition": "modelexplainabilityjobdefinitions",
  "ModelPackage": "modelpackages",
  "ModelPackageGroup": "modelpackagegroups",
  "ModelQualityJobDefinition": "modelqualityjobdefinitions",
  "MonitoringSchedule": "monitoringschedules",
  "NotebookInstance": "notebookinstances",
  "NotebookInstanceLifecycleConfig": "notebookinstancelifecycleconfigs",
  "OptimizationJob": "optimizationjobs",
  "PartnerApp": "partnerapps",
  "Pipeline": "pipelines",
  "PipelineExecution": "pipelineexecutions",
  "ProcessingJob": "processingjobs",
  "Project": "projects",
  "Space": "spaces",
  "StudioLifecycleConfig": "studiolifecycleconfigs",
  "TrainingJob": "trainingjobs",
  "TrainingPlan": "trainingplans",
  "TrainingSession": "trainingsessions",
  "TransformJob": "transformjobs",
  "Trial": "trials",
  "TrialComponent": "trialcomponents",
  "UserProfile": "userprofiles",
  "Workforce": "workforces",
  "Workteam": "workteams"
}
{{- end -}}

{{- /* Fails on a name that is no kind. Takes what the list is called (said) and its names. Renders nothing. */ -}}
{{- define "crds.refuseUnknownKinds" -}}
{{- $plurals := include "crds.plurals" . | fromJson -}}
{{- $said := .said -}}
{{- range $name := .names -}}
{{- if not (hasKey $plurals $name) -}}
{{- $meant := "" -}}
{{- $plain := lower $name | replace "-" "" | replace "_" "" -}}
{{- range $kind, $plural := $plurals -}}
{{- if has $plain (list (lower $kind) $plural) -}}
{{- $meant = $kind -}}
{{- end -}}
{{- end -}}
{{- $hint := "docs/kinds/README.md lists them" -}}
{{- if $meant -}}
{{- $hint = printf "did you mean %s?" $meant -}}
{{- end -}}
{{- fail (printf "%s has %q, which is no SageMaker kind; %s" $said $name $hint) -}}
{{- end -}}
{{- end -}}
{{- end -}}
