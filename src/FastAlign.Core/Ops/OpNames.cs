namespace FastAlign.Core;

/// <summary>Names of the ops of <see cref="IOps"/> in messages and tables.</summary>
public static class OpNames
{
    public const string Fill = "fill";
    public const string Copy = "copy";
    public const string Add = "add";
    public const string Scale = "scale";
    public const string SumOfSquares = "sum_of_squares";
    public const string GatherRows = "gather_rows";
    public const string ScatterRows = "scatter_rows";
    public const string RmsNorm = "rms_norm";
    public const string RmsNormBackward = "rms_norm_backward";
    public const string LayerNorm = "layer_norm";
    public const string LayerNormBackward = "layer_norm_backward";
    public const string Linear = "linear";
    public const string LinearBackwardInput = "linear_backward_input";
    public const string LinearBackwardWeight = "linear_backward_weight";
    public const string Rotary = "rotary";
    public const string Activation = "activation";
    public const string ActivationBackward = "activation_backward";
    public const string GatedActivation = "gated_activation";
    public const string GatedActivationBackward = "gated_activation_backward";
    public const string Attention = "attention";
    public const string AttentionBackward = "attention_backward";
    public const string LogProbHead = "log_prob_head";
    public const string LogProbHeadBackward = "log_prob_head_backward";
    public const string DivergenceHead = "divergence_head";
    public const string DivergenceHeadBackward = "divergence_head_backward";
    public const string TopTokens = "top_tokens";
    public const string SelectedLogProbs = "selected_log_probs";
    public const string SelectedLogProbsBackward = "selected_log_probs_backward";
    public const string AdamW = "adamw";
}
