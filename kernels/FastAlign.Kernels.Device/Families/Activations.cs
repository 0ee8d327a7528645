namespace FastAlign.Kernels.Device;

/// <summary>What activations need beside <see cref="Elementwise"/>: the gradient of a gated one (Shazeer, 2020) has two outputs.</summary>
public static class Activations
{
    public static void GatedGradientKernel<TActivation>(GatedGradientArguments a)
        where TActivation : struct, IActivation
    {
        if (a.Extent.IsOutside)
        {
            return;
        }

        (int row, long column) = (a.Extent.Row, a.Extent.Column);
        GatedGradient<DeviceFloat> gradient = GatedActivation<TActivation, DeviceFloat>.Gradient(
            new DeviceFloat(a.Gate[row, column]), new DeviceFloat(a.Up[row, column]), new DeviceFloat(a.Dy[row, column]));
        a.DGate[row, column] = gradient.Gate.Value;
        a.DUp[row, column] = gradient.Up.Value;
    }
}
